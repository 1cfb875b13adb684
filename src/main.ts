import { render, Text } from 'ink';
import { createElement } from 'react';
import * as yoga from 'yoga-layout';
export async function main() { await (yoga as any).initYoga?.(); render(createElement(Text, null, 'hi')); }
