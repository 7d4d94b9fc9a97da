# SPDX-License-Identifier: Apache-2.0
# g++ with threads, exceptions, dlopen of a plug-in and its own temporary files
set -e
cat >main.cpp <<'C'
#include <dlfcn.h>
#include <cstdio>
#include <stdexcept>
#include <thread>
int main() {
  int sum = 0;
  std::thread([&] { sum = 42; }).join();
  try { throw std::runtime_error("thrown"); } catch (const std::exception& e) { std::puts(e.what()); }
  void* plug = dlopen("./plug.so", RTLD_NOW);
  std::printf("%d %d\n", sum, plug ? reinterpret_cast<int (*)()>(dlsym(plug, "answer"))() : -1);
}
C
printf 'extern "C" int answer() { return 7; }\n' >plug.cpp
g++ -save-temps=obj -shared -fPIC -o plug.so plug.cpp && rm -f ./plug.so-* && ls
g++ -O1 -o main main.cpp -pthread && ./main
