import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import typescript from 'typescript-eslint';

/** The tiers, top first: each may import only tiers below it. */
const tiers = ['views', 'features', 'shared', 'backend'];

const borders = tiers.map((tier, index) => ({
  files: [`src/${tier}/**/*.{ts,svelte}`],
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          ...tiers.slice(0, index).map((above) => ({
            group: [`$${above}/*`, `**/${above}/**`],
            message: `Imports go views → features → shared → backend; ${tier} may not use ${above}.`,
          })),
          {
            group: ['../../*', '../**/../*'],
            message: 'Across folders, import by $tier/… so that the border is visible.',
          },
          ...(tier === 'features'
            ? [
                {
                  group: ['../*'],
                  message:
                    'Features do not know each other; what two need belongs in shared, what joins them in views.',
                },
              ]
            : []),
        ],
      },
    ],
  },
}));

export default typescript.config(
  { ignores: ['dist', 'node_modules', 'src/backend/openapi.d.ts'] },
  ...typescript.configs.recommended,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser } } },
  { files: ['dev/**', '*.js', '*.ts'], languageOptions: { globals: { ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: typescript.parser } },
  },
  {
    files: ['src/**/*.{ts,svelte}'],
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      'svelte/no-at-html-tags': 'error',
      // Plain Map and Set are meant where nothing renders from them.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  ...borders,
);
