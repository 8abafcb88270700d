/** Ids that the `tag` table gives to Fossil's own tags in every repository. */
export const FIXED_TAGS = {
  bgcolor: 1,
  comment: 2,
  user: 3,
  date: 4,
  hidden: 5,
  private: 6,
  cluster: 7,
  branch: 8,
  closed: 9,
  parent: 10,
  note: 11,
} as const;
