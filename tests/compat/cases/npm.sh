# SPDX-License-Identifier: Apache-2.0
# npm pack, install of a local package, and run, with the cache in ~/.npm and no network
# Unlisted: /srv/compat/home/.npm/_logs /srv/compat/home/.npm/_cacache /srv/compat/home/.npm/_update-notifier-last-checked
export npm_config_offline=true npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
set -e
mkdir part && echo '{ "name": "part", "version": "1.0.0" }' >part/package.json && echo 'module.exports = () => "from the part"' >part/index.js
npm pack --silent ./part
echo 'console.log(require("part")())' >test.js
echo '{ "name": "whole", "version": "1.0.0", "scripts": { "test": "node test.js" } }' >package.json
npm install --silent ./part-1.0.0.tgz && npm run --silent test
ls ~/.npm | sort
