#include "agent/notice/assets.h"

namespace kw::agent {

const std::string_view kNoticeHtml = R"html(<!doctype html>
<html lang="zh-CN" translate="no"><head><meta charset="utf-8">
<meta name="google" content="notranslate"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>Kioskward</title><link rel="stylesheet" href="/notice.css"></head>
<body class="normal">
<p id="watched" role="status" hidden>● 摄像头正被远程查看 / The camera is being viewed</p>
<p id="ledger" role="alert" hidden>⚠ 平台的审计账本与本机所见不符 / The audit ledger is not the one this kiosk saw</p>
<main id="quiet"><p class="calm">本机受 Kioskward 保护</p><p class="calm en">This kiosk is protected by Kioskward</p></main>
<main id="alarm" role="alert" hidden>
<h1>已断网</h1><h1 class="en">Network cut off</h1>
<p id="cause"></p><p id="cause-en" class="en"></p>
<dl><dt>时间 / Time</dt><dd id="since"></dd><dt>事件编号 / Case</dt><dd id="case"></dd>
<dt id="phone-label">管理人电话 / Custodian</dt><dd id="phone"></dd></dl>
<p>请停止办理业务，不要断电或拔线，请联系现场管理人。</p>
<p class="en">Please stop here, do not switch off or unplug anything, and call the site's custodian.</p>
</main><script src="/notice.js"></script></body></html>
)html";

const std::string_view kNoticeCss = R"css(
html,body{margin:0;height:100%;overflow:hidden;font-family:"Noto Sans CJK SC","Noto Sans SC",sans-serif}
body{display:flex;align-items:center;justify-content:center;text-align:center;user-select:none;cursor:none}
body.normal{background:#f4f6f8;color:#37474f}
body.cut{background:#8c1d18;color:#fff}
main{max-width:92vw;max-height:96vh}
[hidden]{display:none!important}
#watched,#ledger{position:fixed;top:0;left:0;right:0;margin:0;padding:.4em;background:#b26a00;color:#fff;font-size:3vmin}
#ledger{top:auto;bottom:0;background:#8c1d18}
.calm{font-size:4vmin;margin:.3em}
h1{font-size:15vmin;margin:0;line-height:1.15}
h1.en{font-size:7vmin}
p{font-size:4.2vmin;margin:.5em 0;word-break:keep-all;overflow-wrap:anywhere;text-wrap:balance}
p.en{font-size:3.2vmin}
p.en,.calm.en{opacity:.9}
.calm.en{font-size:2.8vmin}
dl{display:grid;grid-template-columns:auto auto;gap:.3em 1em;justify-content:center;text-align:left;font-size:3.4vmin;margin:2vmin 0}
dt{text-align:right;opacity:.85}
dd{margin:0;font-weight:600;overflow-wrap:anywhere}
@media (min-aspect-ratio:3/2){dl{grid-template-columns:1fr 1fr}}
@media (orientation:portrait){
h1{font-size:22vmin}
h1.en{font-size:9.5vmin}
p{font-size:5.6vmin}
p.en{font-size:4.2vmin}
dl{display:block;text-align:center;font-size:4.4vmin;margin:6vmin 0}
dt{text-align:center}
dd{margin-bottom:.7em}
}
)css";

const std::string_view kNoticeJs = R"js('use strict';
addEventListener('contextmenu', event => event.preventDefault());
const put = (id, text) => { document.getElementById(id).textContent = text; };
// Without a window manager nobody makes the window full-screen. One row stays: Chromium shrinks what is as big as the
// screen.
function fill() {
  if (innerWidth >= screen.width - 1 && innerHeight >= screen.height - 1) return;
  moveTo(0, 0);
  resizeTo(screen.width, screen.height - 1);
}
async function look() {
  try {
    const state = await (await fetch('/state', {cache: 'no-store'})).json();
    const cut = state.state === 'cut';
    document.body.className = cut ? 'cut' : 'normal';
    document.getElementById('alarm').hidden = !cut;
    document.getElementById('quiet').hidden = cut;
    document.getElementById('watched').hidden = !state.watched;
    document.getElementById('ledger').hidden = !state.ledger_refused;
    if (cut) {
      put('cause', '原因：' + state.reason_zh);
      put('cause-en', 'Reason: ' + state.reason_en);
      put('since', new Date(state.since).toLocaleString('zh-CN'));
      put('case', state.case);
      put('phone', state.phone);
      document.getElementById('phone').hidden = document.getElementById('phone-label').hidden = !state.phone;
      fill();
      if (!state.shown) {
        // two frames: the first has been painted then; none comes while the page is not on the screen
        for (let frame = 0; frame < 2; ++frame) await new Promise(requestAnimationFrame);
        await fetch('/shown', {method: 'POST', headers: {'Content-Type': 'application/json'},
                               body: JSON.stringify({case: state.case})});
      }
    }
  } catch (problem) {
    console.warn(problem);  // the agent is being restarted; what is shown stays
  }
  setTimeout(look, 1000);
}
look();
)js";

}  // namespace kw::agent
