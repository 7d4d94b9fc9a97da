/* SPDX-License-Identifier: GPL-2.0-only */
/* File hooks: scope, fill the request, decide. They must never judge by themselves.
 * Not hooked on purpose: inode_permission, file_permission, inode_getattr (a cost on every stat, read
 * and path component); what is open was judged when it was opened. */
#include "directory.h"
#include "hooks/request.h"

GH_INLINE int gh_open_accesses(unsigned int mode, unsigned int flags)
{
    __u32 accesses = 0;

    if (flags & FMODE_EXEC_FLAG)
        return BIT(GH_EXEC);
    if (mode & FMODE_READ)
        accesses |= BIT(GH_READ);
    if (mode & FMODE_WRITE || flags & O_TRUNC_FLAG)
        accesses |= BIT(GH_WRITE);
    if ((flags & O_TMPFILE_FLAG) == O_TMPFILE_FLAG)
        accesses |= BIT(GH_CREATE);
    return accesses;
}

/* Overlayfs before 6.7 opens the layer's own file under the very path that was judged a moment ago: an
 * answer for `once` would be asked for again at each of its restarts, without end. */
GH_INLINE bool gh_is_behind(struct file *file)
{
    return file->f_mode & FMODE_NOACCOUNT && file->f_inode != file->f_path.dentry->d_inode;
}

/* Whether it is worth a look at what it is (interface.h): all but reading what lies on a disk. */
GH_INLINE bool gh_is_special(struct dentry *dentry, __u32 accesses)
{
    struct inode *inode = dentry->d_inode;
    __u32 kind = inode ? inode->i_mode & S_IFMT : 0;

    return accesses & ~(BIT(GH_READ) | BIT(GH_EXEC)) || (kind != S_IFREG && kind != S_IFDIR) ||
           dentry->d_sb->s_magic == MQUEUE_MAGIC || dentry->d_sb->s_magic == PROC_SUPER_MAGIC;
}

/* Apart from the hook, which so saves few registers for bystanders. `top`: see gh_is_outside. */
GH_LINKAGE __noinline int gh_open(const struct path *path GH_TRUSTED, __u64 top, __u32 mode,
                                  __u32 open_flags)
{
    struct gh_session *session = gh_scope_below(top);
    __u32 flags = GH_REQ_OPEN, accesses = gh_open_accesses(mode, open_flags), policy;
    struct gh_slot *slot;
    int index, verdict;

    if (!session)
        return GH_GO;
    policy = *(volatile __u32 *)&session->policy;
    if (gh_is_special(path->dentry, accesses)) {
        verdict = gh_reach(session, (__u64)path->dentry, accesses);
        if (verdict != GH_GO)
            return verdict;
    }
    if (gh_is_known_allowed(path, policy, accesses) &&
        (!gh_has_names(path) ||
         gh_held_of(policy, (__u64)path->dentry, (__u64)path->mnt) == GH_NO_STATE))
        return GH_GO;
    if (mode & FMODE_CREATED)
        flags |= GH_REQ_CREATED;
    if ((open_flags & O_TMPFILE_FLAG) == O_TMPFILE_FLAG)
        flags |= GH_REQ_LEAF_FREE;
    slot = gh_path_request(session, (__u64)path->dentry, (__u64)path->mnt, accesses, flags, &index);
    if (!slot)
        return gh_decide_busy(session->policy);
    verdict = gh_decide(index);
    if (verdict == GH_GO)
        gh_remember(path, index);
    gh_release(slot);
    return verdict;
}

/* Exec too: the program, its script's interpreter and its loader are each opened for execution
 * (__FMODE_EXEC, which open(2) cannot set) before the old image is gone, so an ask can restart. */
SEC("lsm/file_open")
int BPF_PROG(gh_file_open, struct file *file)
{
    __u64 top;

    if (gh_is_outside(&top) || gh_is_behind(file))
        return 0;
    return gh_errno(gh_open(&file->f_path, top, file->f_mode, file->f_flags), -EACCES);
}

SEC("lsm/path_mknod")
int BPF_PROG(gh_path_mknod, const struct path *dir, struct dentry *dentry, unsigned short mode)
{
    struct gh_session *session = gh_scope();
    int verdict;

    if (!session)
        return 0;
    if ((mode & S_IFMT) == S_IFCHR || (mode & S_IFMT) == S_IFBLK) {
        verdict = gh_privilege(session, GH_PRIVILEGE_DEVICES, 0);
        if (verdict != GH_GO)
            return gh_errno(verdict, -EPERM);
    }
    return gh_errno(
        gh_path(session, (__u64)dentry, (__u64)dir->mnt, BIT(GH_CREATE), GH_REQ_LEAF_FREE),
        -EACCES);
}

SEC("lsm/path_mkdir")
int BPF_PROG(gh_path_mkdir, const struct path *dir, struct dentry *dentry)
{
    struct gh_session *session = gh_scope();

    if (!session)
        return 0;
    return gh_errno(
        gh_path(session, (__u64)dentry, (__u64)dir->mnt, BIT(GH_CREATE), GH_REQ_LEAF_FREE),
        -EACCES);
}

SEC("lsm/path_symlink")
int BPF_PROG(gh_path_symlink, const struct path *dir, struct dentry *dentry)
{
    struct gh_session *session = gh_scope();

    if (!session)
        return 0;
    return gh_errno(
        gh_path(session, (__u64)dentry, (__u64)dir->mnt, BIT(GH_CREATE), GH_REQ_LEAF_FREE),
        -EACCES);
}

SEC("lsm/path_unlink")
int BPF_PROG(gh_path_unlink, const struct path *dir, struct dentry *dentry)
{
    struct gh_session *session = gh_scope();

    if (!session)
        return 0;
    return gh_errno(
        gh_path(session, (__u64)dentry, (__u64)dir->mnt, BIT(GH_DELETE), GH_REQ_LEAF_FREE),
        -EACCES);
}

SEC("lsm/path_rmdir")
int BPF_PROG(gh_path_rmdir, const struct path *dir, struct dentry *dentry)
{
    struct gh_session *session = gh_scope();

    if (!session)
        return 0;
    return gh_errno(
        gh_path(session, (__u64)dentry, (__u64)dir->mnt, BIT(GH_DELETE), GH_REQ_LEAF_FREE),
        -EACCES);
}

GH_INLINE bool gh_is_truncate(int call)
{
    return call == NR_TRUNCATE || call == (GH_CALL_32 | NR_TRUNCATE_32) ||
           call == (GH_CALL_32 | NR_TRUNCATE64_32);
}

/* truncate(2) alone: ftruncate needs a file opened for writing, and O_TRUNC was judged at file_open
 * (6.1 calls this hook for both again). */
SEC("lsm/path_truncate")
int BPF_PROG(gh_path_truncate, const struct path *path)
{
    struct gh_session *session = gh_scope();

    if (!session || !gh_is_truncate(gh_call()))
        return 0;
    return gh_errno(gh_path(session, (__u64)path->dentry, (__u64)path->mnt, BIT(GH_WRITE), 0),
                    -EACCES);
}

SEC("lsm/path_chmod")
int BPF_PROG(gh_path_chmod, const struct path *path)
{
    struct gh_session *session = gh_scope();

    if (!session)
        return 0;
    return gh_errno(gh_path(session, (__u64)path->dentry, (__u64)path->mnt, BIT(GH_METADATA), 0),
                    -EACCES);
}

SEC("lsm/path_chown")
int BPF_PROG(gh_path_chown, const struct path *path)
{
    struct gh_session *session = gh_scope();

    if (!session)
        return 0;
    return gh_errno(gh_path(session, (__u64)path->dentry, (__u64)path->mnt, BIT(GH_METADATA), 0),
                    -EACCES);
}
