// Loaded into a process before its program (node --require): at its end, the peak of its memory goes to a file.
const { writeFileSync } = require('node:fs');

process.on('exit', () => writeFileSync(process.env.PEAK_MEMORY_FILE, String(process.resourceUsage().maxRSS)));
