const load: NodeRequire = require; load('./main.cjs').main();
