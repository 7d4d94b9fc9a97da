# SPDX-License-Identifier: Apache-2.0
# npm init, pack, install of a local package, and run, with the cache in ~/.npm and no network
# Unlisted: /srv/compat/home/.npm/_logs /srv/compat/home/.npm/_cacache /srv/compat/home/.npm/_update-notifier-last-checked
export npm_config_offline=true npm_config_audit=false npm_config_fund=false npm_config_update_notifier=false
set -e
mkdir part && cd part && echo '{ "name": "part", "version": "1.0.0" }' >package.json && echo 'module.exports = () => "from the part"' >index.js
npm pack --silent && cd ..
npm init -y >/dev/null && npm install --silent ./part/part-1.0.0.tgz
npm pkg set scripts.test='node -e "console.log(require(\"part\")())"' && npm run --silent test
ls ~/.npm | sort
