import tseslint from 'typescript-eslint'
import importX from 'eslint-plugin-import-x'

/** The house plan: a room may import only rooms named before it, and itself. */
const rooms = [
  'fetch', 'project', 'dialogue', 'language', 'tensor', 'model', 'dataset', 'train', 'understand',
  'respond', 'store', 'actions', 'assistant', 'server', 'terminal', 'testing', 'proving', 'importing', 'drawing', 'cli',
]

const direction = rooms.slice(0, -1).map((room, order) => ({
  files: [`src/${room}/**/*.{ts,tsx}`],
  rules: {
    'no-restricted-imports': ['error', {
      patterns: [
        {
          group: rooms.slice(order + 1).map((below) => `**/${below}/**`),
          message: `${room}/ may import only ${['itself', ...rooms.slice(0, order)].join(', ')} (see ARCHITECTURE.md, house plan).`,
        },
      ],
    }],
  },
}))

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', '.attune/', 'coverage/'] },
  ...tseslint.configs.strictTypeChecked.map((config) => ({ ...config, files: ['**/*.{ts,tsx}'] })),
  {
    files: ['**/*.{ts,tsx}'],
    plugins: { 'import-x': importX },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    settings: { 'import-x/resolver': { typescript: false, node: { extensions: ['.ts', '.tsx', '.js'] } } },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/consistent-type-definitions': ['error', 'type'],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-non-null-assertion': 'error',
      'import-x/no-default-export': 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  ...direction,
  { files: ['*.config.{ts,js}'], rules: { 'import-x/no-default-export': 'off' } },
  { files: ['test/**'], rules: { 'max-lines': ['error', { max: 500 }], '@typescript-eslint/no-non-null-assertion': 'off' } },
)
