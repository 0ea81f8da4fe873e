/**
 * The offer to let the browser fetch what a site refuses to programs: for which jobs it would help, and which hosts that is
 * about. Pure.
 */

import { hostOf, hostPattern } from '../shared/fetch-hosts.js';
import { isActive } from '../shared/states.js';
import { matchesAny } from '../shared/urls.js';

/** @typedef {import('../shared/types.js').Job} Job */

/**
 * What has been found out: from where the browser may fetch (null until that is known), and the hosts of jobs' refused files.
 * @typedef {{allowed: string[]|null, refused: ReadonlyMap<string, string[]>}} FetchFacts
 */

/** @typedef {{jobs: string[], hosts: string[], sentence: string, label: string}} FetchOffer hosts are match patterns */

/**
 * Whether files of the job were refused, so that it is worth asking for their addresses.
 * @param {Job} job
 */
export const hasRefused = (job) => job.files.blocked > 0 && job.state !== 'cancelled';

/**
 * @param {{jobs: readonly Job[], sites: readonly import('../shared/types.js').Site[]}} known
 * @param {FetchFacts} facts
 * @param {import('../shared/i18n.js').Translate} t
 * @returns {FetchOffer|null}
 */
export function fetchOffer({ jobs: known, sites }, { allowed, refused }, t) {
  if (allowed === null) return null;
  const media = sites.flatMap((site) => site.patterns);
  /** @param {Job} job */
  const hostsOf = (job) => [...(hasRefused(job) ? (refused.get(job.id) ?? []) : []), ...resting(job, media)].filter((host) => !allowed.includes(host));
  const wanting = known.filter((job) => hostsOf(job).length > 0);
  const [first] = wanting.flatMap(hostsOf);
  if (!first) return null;
  const jobs = wanting.filter((job) => hostsOf(job).includes(first)).map(({ id }) => id);
  return { jobs, hosts: [first], sentence: t('fetch_offer', hostOf(first)), label: t('fetch_allow') };
}

/**
 * The host that refuses this running job, if it is one of files: the host of an API is in no site's patterns.
 * @param {Job} job
 * @param {readonly string[]} media
 */
function resting(job, media) {
  if (!job.cooldown || !isActive(job) || job.cooldown.trying) return [];
  const address = `https://${job.cooldown.host}/`;
  const pattern = hostPattern(address);
  return pattern && matchesAny(address, media) ? [pattern] : [];
}
