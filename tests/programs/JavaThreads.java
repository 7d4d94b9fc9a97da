// SPDX-License-Identifier: Apache-2.0
// What e2e_threads does, in Java: two threads that each open a file, one that counts and collects garbage.
// It must never end before both files were open, nor count by a thread that asks.
import java.io.FileInputStream;
import java.io.IOException;
import java.io.RandomAccessFile;

class JavaThreads {
  private static void openAndSay(String path, String word) {
    try (var file = new FileInputStream(path)) {
      System.out.println(word);
    } catch (IOException error) {
      System.out.println(word + ": " + error.getMessage());
    }
  }

  // A collection waits until every thread that runs bytecode has come to a safepoint.
  private static void countIn(String path) {
    try (var file = new RandomAccessFile(path, "rw")) {
      for (long n = 1;; n++) {
        file.seek(0);
        file.write(Long.toString(n).getBytes());
        System.gc();
        Thread.sleep(10);
      }
    } catch (IOException | InterruptedException error) {
      System.exit(3);
    }
  }

  public static void main(String[] args) throws InterruptedException {
    if (args.length != 3) System.exit(2);
    var counting = new Thread(() -> countIn(args[0]));
    counting.setDaemon(true);
    counting.start();
    var first = new Thread(() -> openAndSay(args[1], "first"));
    var second = new Thread(() -> openAndSay(args[2], "second"));
    first.start();
    second.start();
    first.join();
    second.join();
  }
}
