// SPDX-License-Identifier: Apache-2.0
// What gzip() makes, read back by zlib. It must never compare bytes of a compression: they differ between
// versions.
#include "web/gzip.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace gatehouse::web {
namespace {

std::string unzipped(const std::string& small, std::size_t room) {
  z_stream stream = {};
  EXPECT_EQ(::inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(room, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(small.data()));
  stream.avail_in = static_cast<uInt>(small.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  ::inflateEnd(&stream);
  return out;
}

TEST(Gzip, IsReadBackWhole) {
  std::string text;
  for (int i = 0; i < 10'000; i++)
    text += "record " + std::to_string(i) + ",";
  const auto small = gzip(text);
  ASSERT_TRUE(small);
  EXPECT_LT(small->size(), text.size() / 2);
  EXPECT_EQ(unzipped(*small, text.size() + 100), text);
  EXPECT_EQ(unzipped(*gzip(""), 100), "");
}

}  // namespace
}  // namespace gatehouse::web
