import type { Interaction } from './interaction';

/**
 * The interaction of one stage of an operation: its progress is a part of the whole, so that the bar moves on from stage to stage.
 * @param from - share of the operation that is done when the stage begins; `to` when it has ended
 */
export function stageOf(interaction: Interaction, from: number, to: number): Interaction {
  const { onProgress } = interaction;
  if (onProgress === undefined) return interaction;
  return {
    ...interaction,
    onProgress: ({ fraction, eta, ...progress }) => {
      const isLast = to === 1;
      onProgress({
        ...progress,
        fraction: from + fraction * (to - from),
        // How long the stages to come will take, nobody knows.
        ...(isLast && eta !== undefined ? { eta } : {}),
      });
    },
  };
}
