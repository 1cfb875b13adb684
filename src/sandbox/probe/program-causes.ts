// Why a helper program cannot be used, before anything was started.

import { type Diagnosis, diagnosis, type Finding, type Fix, forUser, nothingRuns } from './diagnosis.ts';
import { installFix } from './install.ts';
import type { PassedOver } from './programs.ts';
import { neededVersion } from './versions.ts';

interface Helper {
  readonly name: 'bubblewrap' | 'setsid';
  /** PATH that was searched, and who searched it. */
  readonly searchPath: string;
  readonly uid: number;
  readonly passedOver: readonly PassedOver[];
}

const packages = { bubblewrap: 'bubblewrap', setsid: 'util-linux' } as const;

export function diagnoseMissing({ name, searchPath, uid, passedOver }: Helper): Diagnosis {
  const refused = passedOver[0];
  const install = installFix(packages[name]);
  const searched = `looked in PATH: ${searchPath || 'which is empty'}`;
  const what = `Commands cannot be sandboxed: no ${name} that could be used was found in PATH, so none was run.`;
  const tell = (finding: Omit<Finding, 'what'>): Diagnosis => diagnosis(forUser({ what, ...finding }, uid));
  if (refused === undefined) {
    return tell({
      cause: name === 'bubblewrap' ? 'bubblewrap_missing' : 'setsid_missing',
      explanation: `${name} is not installed, or not where PATH looks.`,
      proof: searched,
      fixes: [install],
    });
  }
  const proof = `${passedOver.map(sentenceOf).join(' ')} No other one: ${searched}`;
  if (refused.kind === 'untrusted') {
    const explanation = 'What is there could have been put there by a command or by another user, so it is not used.';
    return tell({ cause: 'program_untrusted', explanation, proof, fixes: [install] });
  }
  const explanation = `${refused.path} is there but may not be executed.`;
  const fixes: [Fix, ...Fix[]] = refused.kind === 'noexec' ? [install] : [executable(refused.path), install];
  return tell({ cause: 'program_not_executable', explanation, proof, fixes });
}

/** Of a program that was passed over while another one was found. */
export function diagnosePassedOver(passedOver: PassedOver, used: string, uid: number): Diagnosis {
  const finding: Finding = {
    cause: passedOver.kind === 'untrusted' ? 'program_untrusted' : 'program_not_executable',
    what: `${passedOver.path} is not used.`,
    explanation: `${used} is used instead.`,
    proof: passedOver.reason,
    fixes: [{ step: `ls -l ${passedOver.path}    (and remove it if nobody needs it)`, cost: 'none for codex.' }],
  };
  return diagnosis(forUser(finding, uid));
}

export function diagnoseOld(program: string, version: string, missing: readonly string[], uid: number): Diagnosis {
  const finding: Finding = {
    cause: 'bubblewrap_too_old',
    what: `Commands cannot be sandboxed: ${program} is too old, so none was run.`,
    explanation: `It is version ${version}; version ${neededVersion} or later is needed.`,
    proof: `${program} --help does not list ${missing.join(', ')}`,
    fixes: [installFix('bubblewrap')],
  };
  return diagnosis(forUser(finding, uid));
}

export function diagnoseProcessor(arch: string): Diagnosis {
  return diagnosis({
    cause: 'unsupported_processor',
    what: nothingRuns,
    explanation: 'The system call filter is written for x86-64 and arm64.',
    proof: `this program runs on ${arch}`,
    fixes: [{ step: 'Run codex on a machine with one of these.', cost: 'another machine.' }],
  });
}

export function diagnosePlatform(platform: string): Diagnosis {
  return diagnosis({
    cause: 'unsupported_platform',
    what: nothingRuns,
    explanation: 'There is a sandbox for Linux and one for macOS.',
    proof: `this program runs on ${platform}`,
    fixes: [{ step: 'Run codex on one of these, for example in WSL 2.', cost: 'another system.' }],
  });
}

function executable(file: string): Fix {
  return { step: `sudo chmod 755 ${file}`, cost: 'every user may start it, as on most machines.' };
}

function sentenceOf({ path, reason }: PassedOver): string {
  return `${path} is not used: ${reason}.`;
}
