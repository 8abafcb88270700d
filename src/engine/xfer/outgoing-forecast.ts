import { combined, NOTHING, type Forecast } from './estimate';
import type { OutgoingSizes } from './outgoing-sizes';

/** Standard error of the sizes that the store suggests, as a share. */
const PRIOR_ERROR = 0.3;
/** The same for the first message; each further one tells more. */
const MESSAGE_ERROR = 0.2;

/**
 * What a push still sends.
 * @param bytesSent - compressed, of the messages that have gone
 * @param messages - how many they are
 */
export function forecastOutgoing(sizes: OutgoingSizes, bytesSent: number, messages: number): Forecast {
  if (sizes.ahead === 0) return NOTHING;
  const prior = { value: 1, error: PRIOR_ERROR };
  const ratio =
    messages === 0 || sizes.gone === 0
      ? prior
      : combined(prior, { value: bytesSent / sizes.gone, error: MESSAGE_ERROR / Math.sqrt(messages) });
  const bytes = sizes.ahead * ratio.value;
  return { bytes, deviation: (2 * ratio.error * bytes) / ratio.value, basis: 'sequence' };
}
