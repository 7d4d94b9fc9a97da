// SPDX-License-Identifier: Apache-2.0
// The style of the page, by names that html.cpp uses. It must never load anything, nor colour what has no word:
// a verdict is always written out too.
#include "report/page.h"

namespace gatehouse::report {

const char* style() {
  return R"(
:root{color-scheme:light dark;--bg:#f6f7f9;--card:#fff;--ink:#1b1f27;--soft:#5d6675;--line:#e2e6ec;--fill:#eef1f5;
--bad:#b3261e;--badbg:#fcebea;--warn:#8a5a00;--warnbg:#fdf3dc;--good:#1b6e3c;--goodbg:#e5f4ea;--bar:#9fb0c7;--accent:#2f5fb3}
@media(prefers-color-scheme:dark){:root{--bg:#12151a;--card:#1a1f27;--ink:#e6e9ef;--soft:#98a2b3;--line:#2c333f;--fill:#232a35;
--bad:#ff8a80;--badbg:#3a1f1e;--warn:#f3c26b;--warnbg:#372b14;--good:#7ed6a0;--goodbg:#16301f;--bar:#566680;--accent:#8db4ff}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:1060px;margin:0 auto;padding:32px 20px 64px}
h1{font-size:25px;line-height:1.25;margin:0 0 2px;overflow-wrap:anywhere}
h2{font-size:17px;margin:34px 0 10px;display:flex;gap:10px;align-items:baseline}
h2 small,.soft{color:var(--soft);font-weight:400}
h2 small{font-size:13px}
code,.mono{font:12.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere;unicode-bidi:isolate;direction:ltr}
.eyebrow{color:var(--soft);font-size:12px;letter-spacing:.08em;text-transform:uppercase;margin:0 0 6px}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:14px 16px}
.card+.card{margin-top:10px}
.facts{display:grid;grid-template-columns:max-content 1fr;gap:3px 18px;margin:14px 0 0}
.facts dt{color:var(--soft)}.facts dd{margin:0;overflow-wrap:anywhere}
.numbers{display:grid;grid-template-columns:repeat(auto-fit,minmax(118px,1fr));gap:10px;margin:18px 0 0}
.number{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:10px 14px}
.number b{display:block;font-size:23px;line-height:1.2;font-variant-numeric:tabular-nums}
.number span{color:var(--soft);font-size:13px}
.number.bad b{color:var(--bad)}.number.warn b{color:var(--warn)}
.remarks{list-style:none;margin:18px 0 0;padding:0}
.remarks li{border-left:4px solid var(--warn);background:var(--warnbg);padding:7px 12px;margin:0 0 6px;border-radius:0 8px 8px 0}
.remarks li.bad{border-color:var(--bad);background:var(--badbg)}
.remarks li.good{border-color:var(--good);background:var(--goodbg)}
.tag{display:inline-block;border-radius:5px;padding:0 7px;font-size:12px;line-height:19px;background:var(--fill);color:var(--soft);white-space:nowrap}
.tag.bad{background:var(--badbg);color:var(--bad)}.tag.warn{background:var(--warnbg);color:var(--warn)}.tag.good{background:var(--goodbg);color:var(--good)}
table{width:100%;border-collapse:collapse;font-size:14px}
th{text-align:left;color:var(--soft);font-weight:500;font-size:12.5px;padding:0 12px 6px 0;border-bottom:1px solid var(--line)}
td{padding:6px 12px 6px 0;border-bottom:1px solid var(--line);vertical-align:top;overflow-wrap:anywhere}
tr:last-child td{border-bottom:0}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;width:1%}
td.w{white-space:nowrap;width:1%}
.tree,.tree ul{list-style:none;margin:0;padding:0}
.tree ul{margin-left:9px;padding-left:15px;border-left:1px solid var(--line)}
.tree li{padding:1px 0}
.tree .tag{margin-left:6px}
.pid{color:var(--soft);font-size:12px;margin-left:6px;font-variant-numeric:tabular-nums}
details summary{cursor:pointer;padding:3px 0;overflow-wrap:anywhere}
details ul{margin:2px 0 8px;padding-left:22px}
.names{columns:260px;column-gap:28px}.names li{break-inside:avoid}
.objects{margin:6px 0 0;padding-left:20px}
.more{color:var(--soft);font-size:13px;margin:8px 0 0}
.quote{margin:4px 0 0;padding-left:10px;border-left:3px solid var(--line);color:var(--soft)}
svg{display:block;width:100%;height:auto}
svg text{fill:var(--soft);font:11px system-ui,sans-serif}
.b-all{fill:var(--bar)}.b-bad{fill:var(--bad)}.axis{stroke:var(--line)}
.q-allow{fill:var(--good)}.q-deny{fill:var(--bad)}.q-open{fill:var(--warn)}
footer{margin-top:44px;padding-top:12px;border-top:1px solid var(--line);color:var(--soft);font-size:13px}
@media(max-width:640px){.facts{grid-template-columns:1fr}.facts dt{margin-top:6px}main{padding:20px 14px 48px}}
@media print{details:not([open])>*{display:block}:root{--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--fill:#eee;--bad:#a00;--badbg:#fff;--warn:#750;--warnbg:#fff;--good:#064;--goodbg:#fff;--bar:#889}
main{max-width:none;padding:0}.card,.number{break-inside:avoid}h2{break-after:avoid}}
)";
}

}  // namespace gatehouse::report
