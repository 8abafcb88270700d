/** Settings of the area `project` that simulations change. */
export const SETTINGS = ['project-description', 'binary-glob', 'encoding-glob'] as const;
