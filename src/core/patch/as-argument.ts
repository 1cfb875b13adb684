// How a program of this name is asked to apply a patch that is its next argument: as codex-cli has it.

export const AS_ARGUMENT = '--codex-run-as-apply-patch';
