/** Which names in a manifest directory count. */

const MANIFEST = /\.(?:ya?ml|json)$/;
/** Emacs locks and saves under these; vim's `.web.yaml.swp` and `web.yaml~` are ruled out by the other two rules. */
const EMACS = /^#.*#$/;

/** Files: `*.yaml`, `*.yml` and `*.json`, but for hidden ones and what editors leave for a moment. */
export const isManifestName = (name: string): boolean =>
  MANIFEST.test(name) && !isHidden(name) && !EMACS.test(name);

/** Also directories: `.git`, and `..data`, through which a ConfigMap's files are reached by their visible names. */
export const isHidden = (name: string): boolean => name.startsWith(".");
