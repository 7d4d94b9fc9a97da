# SPDX-License-Identifier: Apache-2.0
# Python: a virtual environment, unittest, http.server with urllib, sqlite3, compiled bytecode, a zip application
# Varies: *.pyc
set -e
python3 -m venv --without-pip v && v/bin/python -c 'import sys; print(sys.prefix != sys.base_prefix)'
mkdir app && printf 'def f(): return 3\n' >app/part.py && printf 'import part; print(part.f())\n' >app/__main__.py
printf 'import unittest, part\nclass T(unittest.TestCase):\n  def test(self): self.assertEqual(part.f(), 3)\n' >app/test_part.py
(cd app && ../v/bin/python -m unittest -q 2>&1 | grep -v '^Ran')
v/bin/python -m zipapp app -o app.pyz && v/bin/python app.pyz && rm app.pyz
v/bin/python - <<'P'
import http.server, sqlite3, threading, urllib.request
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
server.RequestHandlerClass.log_message = lambda *_: None
threading.Thread(target=server.serve_forever).start()
print(urllib.request.urlopen(f"http://127.0.0.1:{server.server_port}/app/part.py").read()); server.shutdown()
base = sqlite3.connect("b.sqlite"); base.execute("create table t (n)"); base.execute("insert into t values (5)"); base.commit()
print(base.execute("select n from t").fetchall())
P
