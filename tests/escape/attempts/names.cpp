// SPDX-License-Identifier: Apache-2.0
// Names made, moved and removed where they may not be, and secrets given other names. It must never leave
// a name behind, nor a secret where it was moved to.
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "judge.h"

namespace gatehouse::escape {
namespace {

int make_file(const std::string& path) { return write_to(path, "x", O_CREAT | O_EXCL); }

int bind_at(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof address.sun_path, "%s", path.c_str());
  return said(::bind(::socket(AF_UNIX, SOCK_STREAM, 0), reinterpret_cast<sockaddr*>(&address),
                     sizeof address));
}

int link_unnamed(const std::string& directory, const std::string& to) {
  const int fd = ::open(directory.c_str(), O_TMPFILE | O_RDWR, 0600);
  if (fd < 0) return errno;
  return said(::linkat(AT_FDCWD, ("/proc/self/fd/" + std::to_string(fd)).c_str(), AT_FDCWD,
                       to.c_str(), AT_SYMLINK_FOLLOW));
}

using Make = std::function<int(const Ground&, const std::string&)>;

// The name is relative to the ground.
void add_make(Attempts& all, const std::string& name, const std::string& below, const Make& make,
              Who who = anyone) {
  all.push_back({name, who, [below, make](const Ground& g) {
                   const std::string path = g.directory() + below;
                   auto outcome = makes(path, [&] { return make(g, path); });
                   ::unlink(g.workspace("/moved").c_str());
                   return outcome;
                 }});
}

int create(const Ground&, const std::string& path) { return make_file(path); }

int move_file(const Ground& g, const std::string& path) {
  if (make_file(g.workspace("/moved")) != 0) return EIO;
  return said(::rename(g.workspace("/moved").c_str(), path.c_str()));
}

int link_file(const Ground& g, const std::string& path) {
  if (make_file(g.workspace("/moved")) != 0) return EIO;
  return said(::link(g.workspace("/moved").c_str(), path.c_str()));
}

int create_by_dangling_link(const Ground& g, const std::string& path) {
  const std::string link = g.workspace("/moved");
  if (::symlink(path.c_str(), link.c_str()) != 0) return EIO;
  return write_to(link, "x", O_CREAT);
}

void add_new_names(Attempts& all) {
  const std::string fresh = "/outside/new", dotenv = "/workspace/.env.local";
  add_make(all, "create-outside", fresh, create);
  add_make(all, "make-a-directory-outside", fresh, [](const Ground&, const std::string& path) {
    return said(::mkdir(path.c_str(), 0755));
  });
  add_make(all, "make-a-symlink-outside", fresh, [](const Ground&, const std::string& path) {
    return said(::symlink("x", path.c_str()));
  });
  add_make(all, "make-a-fifo-outside", fresh, [](const Ground&, const std::string& path) {
    return said(::mkfifo(path.c_str(), 0600));
  });
  add_make(all, "bind-a-socket-outside", fresh,
           [](const Ground&, const std::string& path) { return bind_at(path); });
  add_make(all, "rename-to-outside", fresh, move_file);
  add_make(all, "link-to-outside", fresh, link_file);
  add_make(all, "create-outside-by-dangling-symlink", fresh, create_by_dangling_link);
  add_make(all, "link-an-unnamed-file-outside", fresh,
           [](const Ground& g, const std::string& to) { return link_unnamed(g.workspace(), to); });
  add_make(all, "create-unnamed-outside-and-link", fresh,
           [](const Ground& g, const std::string& to) { return link_unnamed(g.outside(), to); });
  add_make(all, "create-outside-with-name-of-255-bytes", "/outside/" + std::string(255, 'n'),
           create);
  add_make(all, "create-denied-name", dotenv, create);
  add_make(all, "rename-to-denied-name", dotenv, move_file);
  add_make(all, "link-to-denied-name", dotenv, link_file);
  add_make(
      all, "make-a-symlink-at-denied-name", dotenv,
      [](const Ground&, const std::string& path) { return said(::symlink("x", path.c_str())); });
  add_make(
      all, "make-a-directory-at-denied-name", dotenv,
      [](const Ground&, const std::string& path) { return said(::mkdir(path.c_str(), 0755)); });
  add_make(all, "make-a-fifo-at-denied-name", dotenv, [](const Ground&, const std::string& path) {
    return said(::mkfifo(path.c_str(), 0600));
  });
  add_make(all, "create-denied-name-by-dangling-symlink", dotenv, create_by_dangling_link);
  add_make(all, "link-an-unnamed-file-to-denied-name", dotenv,
           [](const Ground& g, const std::string& to) { return link_unnamed(g.workspace(), to); });
  add_make(all, "create-denied-name-with-trailing-dot", "/workspace/.env.", create);
  add_make(all, "create-denied-name-not-utf8", "/workspace/.env.\xff\xfe", create);
  add_make(all, "create-denied-name-in-unicode", "/workspace/.env.\u202elacol", create);
  add_make(all, "create-denied-name-of-255-bytes", "/workspace/.env." + std::string(250, 'n'),
           create);
  add_make(all, "create-credentials-in-home", "/home/.npmrc", create);
  add_make(all, "create-login-script-in-home", "/home/.bash_login", create);
  add_make(all, "create-autostart-entry", "/home/.config/autostart/x.desktop", create);
  add_make(all, "create-program-in-the-path", "/home/.local/bin/git", create);
  add_make(all, "create-agent-config", "/workspace/.mcp.json", create);
  add_make(all, "create-a-workflow", "/workspace/.github/workflows/new.yml", create);
  add_make(all, "create-a-git-hook", "/workspace/.git/hooks/post-checkout", create);
  add_make(all, "move-a-directory-over-agent-config", "/workspace/far/.claude",
           [](const Ground& g, const std::string& path) {
             const std::string made = g.workspace("/made");
             if (::mkdir(made.c_str(), 0755) != 0) return EIO;
             write_to(made + "/settings.json", "{}", O_CREAT);
             const int error = said(::rename(made.c_str(), path.c_str()));
             ::unlink((made + "/settings.json").c_str());
             ::unlink((path + "/settings.json").c_str());
             ::rmdir(made.c_str());
             return error;
           });
}

// Moves `from` to a name in the workspace, reads there, and moves it back.
void add_move(Attempts& all, const std::string& name, const std::string& from,
              const std::string& to, const std::string& inside, unsigned flags = 0,
              Who who = anyone) {
  all.push_back(
      {name, who, [=](const Ground& g) {
         const std::string here = g.directory() + from, there = g.directory() + to;
         const auto move = [flags](const std::string& a, const std::string& b) {
           return ::syscall(SYS_renameat2, AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), flags);
         };
         if (move(here, there) != 0) return contained(errno);
         auto outcome = reads_canary_at(g, there + inside);
         if (flags == RENAME_WHITEOUT) ::unlink(here.c_str());
         const bool back = flags == RENAME_EXCHANGE ? move(there, here) == 0
                                                    : ::rename(there.c_str(), here.c_str()) == 0;
         return back ? outcome : not_put_back("it was moved");
       }});
}

void add_other_names(Attempts& all) {
  add_move(all, "rename-secret", "/home/.netrc", "/workspace/notes", "");
  add_move(all, "rename-dotenv", "/workspace/.env", "/workspace/notes", "");
  add_move(all, "rename-directory-of-secrets", "/home/.ssh", "/workspace/ssh", "/id_ed25519");
  add_move(all, "rename-directory-of-secrets-beside", "/home/.ssh", "/home/.ssh2", "/id_ed25519");
  add_move(all, "rename-home", "/home", "/home2", "/.netrc");
  add_move(all, "exchange-secret", "/home/.netrc", "/workspace/plain", "", RENAME_EXCHANGE);
  add_move(all, "exchange-dotenv", "/workspace/.env", "/workspace/plain", "", RENAME_EXCHANGE);
  add_move(all, "exchange-directory-of-secrets", "/home/.ssh", "/workspace/far", "/id_ed25519",
           RENAME_EXCHANGE);
  add_move(all, "rename-secret-leaving-a-whiteout", "/home/.netrc", "/workspace/notes", "",
           RENAME_WHITEOUT, root);

  const auto link_by = [&all](const std::string& name, Who who,
                              const std::function<int(const Ground&, const char*)>& link) {
    all.push_back({name, who, [link](const Ground& g) {
                     const std::string to = g.workspace("/linked");
                     const int error = link(g, to.c_str());
                     if (error != 0) return contained(error);
                     auto outcome = reads_canary_at(g, to);
                     ::unlink(to.c_str());
                     return outcome;
                   }});
  };
  link_by("link-secret", anyone,
          [](const Ground& g, const char* to) { return said(::link(g.secret().c_str(), to)); });
  link_by("link-dotenv", anyone, [](const Ground& g, const char* to) {
    return said(::link(g.workspace("/.env").c_str(), to));
  });
  link_by("link-secret-by-descriptor", root, [](const Ground& g, const char* to) {
    const int fd = ::open(g.secret().c_str(), O_PATH);
    return said(::linkat(fd, "", AT_FDCWD, to, AT_EMPTY_PATH));
  });
  link_by("link-secret-through-proc", anyone, [](const Ground& g, const char* to) {
    const int fd = ::open(g.secret().c_str(), O_PATH);
    return said(::linkat(AT_FDCWD, ("/proc/self/fd/" + std::to_string(fd)).c_str(), AT_FDCWD, to,
                         AT_SYMLINK_FOLLOW));
  });
}

void add_removals(Attempts& all) {
  all.push_back({"remove-kept", anyone, [](const Ground& g) {
                   const std::string text = text_of(g.outside("/spare"));
                   return removes(
                       g.outside("/spare"),
                       [&] { return said(::unlink(g.outside("/spare").c_str())); },
                       [&] { return write_to(g.outside("/spare"), text, O_CREAT); });
                 }});
  all.push_back({"remove-a-directory-outside", anyone, [](const Ground& g) {
                   const std::string path = g.outside("/empty");
                   return removes(
                       path, [&] { return said(::rmdir(path.c_str())); },
                       [&] { return said(::mkdir(path.c_str(), 0755)); });
                 }});
  all.push_back({"rename-kept", anyone, [](const Ground& g) {
                   const std::string path = g.outside("/spare"), to = g.workspace("/spare");
                   return removes(
                       path, [&] { return said(::rename(path.c_str(), to.c_str())); },
                       [&] { return said(::rename(to.c_str(), path.c_str())); });
                 }});
  all.push_back({"replace-kept-by-rename", anyone, [](const Ground& g) {
                   const std::string aside = g.outside("/spare.aside");
                   const std::string to = g.outside("/spare");
                   make_file(g.workspace("/other"));
                   const bool kept = ::link(to.c_str(), aside.c_str()) == 0;
                   const std::string before = text_of(to);
                   const int error = said(::rename(g.workspace("/other").c_str(), to.c_str()));
                   ::unlink(g.workspace("/other").c_str());
                   const bool replaced = text_of(to) != before;
                   if (kept) ::rename(aside.c_str(), to.c_str());
                   ::unlink(aside.c_str());
                   return replaced ? escaped("replaced it") : contained(error);
                 }});
  // Git looks below the name, whatever it is.
  all.push_back({"symlink-in-place-of-git", anyone, [](const Ground& g) {
                   const std::string git = g.workspace("/.git"), aside = g.workspace("/git.aside");
                   const std::string hooks = g.workspace("/far");
                   int error = said(::rename(git.c_str(), aside.c_str()));
                   if (error == 0) error = said(::symlink(hooks.c_str(), git.c_str()));
                   char target[4096];
                   const bool so = ::readlink(git.c_str(), target, sizeof target) > 0;
                   if (so) ::unlink(git.c_str());
                   ::rename(aside.c_str(), git.c_str());
                   return so ? escaped("git would follow it") : contained(error);
                 }});
  all.push_back({"symlink-in-place-of-git-hooks", anyone, [](const Ground& g) {
                   const std::string hooks = g.workspace("/.git/hooks");
                   const std::string aside = g.workspace("/.git/aside");
                   int error = said(::rename(hooks.c_str(), aside.c_str()));
                   if (error == 0)
                     error = said(::symlink(g.workspace("/far").c_str(), hooks.c_str()));
                   char target[4096];
                   const bool so = ::readlink(hooks.c_str(), target, sizeof target) > 0;
                   if (so) ::unlink(hooks.c_str());
                   ::rename(aside.c_str(), hooks.c_str());
                   return so ? escaped("git would follow it") : contained(error);
                 }});
}

// Creates a denied name below so many directories, each entered in turn.
Outcome create_below(const Ground& g, int levels, const std::string& component) {
  if (::chdir(g.workspace().c_str()) != 0) return broken("chdir");
  int made = 0;
  while (made < levels && ::mkdir(component.c_str(), 0755) == 0 && ::chdir(component.c_str()) == 0)
    made++;
  const int error = made == levels ? make_file(".env") : 0;
  const bool so = exists(".env");
  ::unlink(".env");
  for (int i = 0; i < made; i++)
    if (::chdir("..") != 0 || ::rmdir(component.c_str()) != 0) return broken("cannot go back");
  if (made != levels) return broken("cannot make the directories");
  return so ? escaped("made .env") : contained(error);
}

void add_depths(Attempts& all) {
  all.push_back({"create-denied-name-beyond-path-max", anyone,
                 [](const Ground& g) { return create_below(g, 40, std::string(200, 'd')); }});
  all.push_back({"create-denied-name-300-levels-deep", anyone,
                 [](const Ground& g) { return create_below(g, 300, "d"); }});
  all.push_back({"create-in-a-directory-that-moved", anyone, [](const Ground& g) {
                   // The directory is moved by a name that is judged alike; the descriptor stays.
                   const std::string here = g.workspace("/one"), there = g.workspace("/two");
                   if (::mkdir(here.c_str(), 0755) != 0) return broken("mkdir");
                   const int fd = ::open(here.c_str(), O_PATH);
                   if (::rename(here.c_str(), there.c_str()) != 0) return broken("rename");
                   auto outcome = makes(there + "/.env", [&] {
                     return write_text(::openat(fd, ".env", O_CREAT | O_WRONLY, 0600), "x");
                   });
                   ::rmdir(there.c_str());
                   return outcome;
                 }});
}

}  // namespace

void add_names(Attempts& all) {
  add_new_names(all);
  add_other_names(all);
  add_removals(all);
  add_depths(all);
}

}  // namespace gatehouse::escape
