import tseslint from "typescript-eslint";
import boundaries from "./eslint.boundaries.mjs";

export default tseslint.config(
    { ignores: ["node_modules/", "dist/", "test/e2e/consumer/"] },
    ...tseslint.configs.recommendedTypeChecked,
    {
        languageOptions: { parserOptions: { project: "./tsconfig.json" } },
        rules: {
            "@typescript-eslint/no-floating-promises": "error",
            "@typescript-eslint/switch-exhaustiveness-check": "error",
            "@typescript-eslint/no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
        },
    },
    {
        files: ["components/**/*.ts", "cli/**/*.ts"],
        languageOptions: { parserOptions: { project: "./tsconfig.build.json" } },
    },
    { files: ["**/*.mjs", "**/*.cjs"], ...tseslint.configs.disableTypeChecked },
    { files: ["**/*.cjs"], rules: { "@typescript-eslint/no-require-imports": "off" } },
    // chai's assertions are property reads
    { files: ["test/**/*.ts"], rules: { "@typescript-eslint/no-unused-expressions": "off" } },
    ...boundaries,
);
