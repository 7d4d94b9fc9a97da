# SPDX-License-Identifier: Apache-2.0
# Python asyncio: servers and clients on loopback over IPv4, IPv6, UDP and a unix socket, subprocesses, executors
cat >all.py <<'P'
import asyncio, concurrent.futures, socket
async def echo(reader, writer):
    writer.write((await reader.read(99)).upper()); await writer.drain(); writer.close()
async def talk(opened):
    reader, writer = await opened
    writer.write(b"hello"); writer.write_eof()
    print(await reader.read()); writer.close()
class Udp(asyncio.DatagramProtocol):
    def __init__(self, done): self.done = done
    def datagram_received(self, data, peer): self.done.set_result(data)
async def main():
    for host in "127.0.0.1", "::1", "0.0.0.0":
        server = await asyncio.start_server(echo, host, 0)
        port = server.sockets[0].getsockname()[1]
        await talk(asyncio.open_connection("127.0.0.1" if host == "0.0.0.0" else host, port)); server.close()
    server = await asyncio.start_unix_server(echo, "sock"); await talk(asyncio.open_unix_connection("sock")); server.close()
    loop = asyncio.get_running_loop(); done = loop.create_future()
    udp, _ = await loop.create_datagram_endpoint(lambda: Udp(done), ("127.0.0.1", 0))
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); other.sendto(b"datagram", udp.get_extra_info("sockname"))
    print(await done); udp.close()
    ran = await asyncio.create_subprocess_exec("tr", "a-z", "A-Z", stdin=-1, stdout=-1); print((await ran.communicate(b"sub"))[0])
    with concurrent.futures.ThreadPoolExecutor() as threads: print(await loop.run_in_executor(threads, sum, [1, 2]))
    print(socket.getaddrinfo("localhost", 80, socket.AF_INET, socket.SOCK_STREAM)[0][4])
asyncio.run(main())
P
python3 all.py
