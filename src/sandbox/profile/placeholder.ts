// How is an empty folder of ours told from a person's own?

/**
 * Modification time, in seconds since 1970, of a folder that stands where a protected name is absent. A folder that
 * somebody used has another one (and no archive's epoch is this one), and the mode of this one stays an ordinary one, so that `git init` just takes it.
 */
export const PLACEHOLDER_SECONDS = 418_370_827;
