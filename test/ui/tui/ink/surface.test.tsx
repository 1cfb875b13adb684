import { Box, Text } from 'ink';
import { render } from 'ink-testing-library';
import { afterEach, describe, expect, it } from 'vitest';
import { Rows } from '../../../../src/ui/tui/ink/rows.tsx';
import { openSurface, type Surface } from '../../../../src/ui/tui/ink/surface.ts';

let surface: Surface | null = null;
afterEach(() => surface?.close());

describe('rows as an Ink element', () => {
  it('stand one below the other, empty ones included', () => {
    const { lastFrame } = render(<Rows rows={['first', '', 'third']} />);
    expect(
      lastFrame()
        ?.split('\n')
        .map((row) => row.trimEnd()),
    ).toEqual(['first', '', 'third']);
  });
});

describe('the surface', () => {
  it('lays a tree out at once, at the width it is asked for', async () => {
    surface = await openSurface();
    const tree = <Rows rows={['\u001b[1mbold\u001b[22m and long enough to be cut']} />;
    expect(surface.layOut(tree, 12).join('')).toContain('\u001b[1mbold\u001b[22m and');
    expect(surface.layOut(tree, 60).join('')).toContain('enough to be cut');
  });

  it('writes text and colours only, whatever the environment says', async () => {
    process.env.CI = '1';
    try {
      surface = await openSurface();
      const many = Array.from({ length: 200 }, (_, index) => `row ${index}`);
      const rows = surface.layOut(<Rows rows={many} />, 40);
      expect(rows.map((row) => row.trimEnd())).toEqual(many);
    } finally {
      delete process.env.CI;
    }
  });

  it('shrinks with its tree', async () => {
    surface = await openSurface();
    surface.layOut(<Rows rows={['a', 'b', 'c']} />, 40);
    const next = surface.layOut(
      <Box>
        <Text>only</Text>
      </Box>,
      40,
    );
    expect(next.map((row) => row.trimEnd())).toEqual(['only']);
  });
});
