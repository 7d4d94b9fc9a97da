/* SPDX-License-Identifier: GPL-2.0-only */
/* Hooks on a file's metadata that are given a dentry but no mount: times, xattr, ACL.
 * They must never judge chmod, chown or truncate again: those have path hooks of their own. */
#include "hooks/guard.h"

GH_INLINE int gh_metadata(struct dentry *dentry)
{
    struct gh_session *session = gh_scope();

    if (!session || gh_inside_overlay())
        return 0;
    return gh_errno(gh_path(session, (__u64)dentry, 0, BIT(GH_METADATA), GH_REQ_ALIAS), -EACCES);
}

SEC("lsm/inode_setattr")
int gh_inode_setattr(unsigned long long *ctx)
{
    /* All three are loaded: the verifier allows no choice of an offset into the context. Where there
     * are two arguments, the third word is the verdict so far. */
    unsigned long long first = ctx[0], second = ctx[1], third = ctx[2];
    struct dentry *dentry;
    struct iattr *attr;

    if (gh_setattr_idmap) {
        dentry = (struct dentry *)second;
        attr = (struct iattr *)third;
    } else {
        dentry = (struct dentry *)first;
        attr = (struct iattr *)second;
    }
    /* FORCE and KILL_PRIV are the kernel's own doing on a write that was judged. */
    if (attr->ia_valid &
        (ATTR_MODE | ATTR_UID | ATTR_GID | ATTR_SIZE | ATTR_FORCE | ATTR_KILL_PRIV))
        return 0;
    return gh_metadata(dentry);
}

SEC("lsm/inode_setxattr")
int BPF_PROG(gh_inode_setxattr, void *idmap, struct dentry *dentry) { return gh_metadata(dentry); }

SEC("lsm/inode_removexattr")
int BPF_PROG(gh_inode_removexattr, void *idmap, struct dentry *dentry)
{
    return gh_metadata(dentry);
}

/* Until 6.1 an ACL is an xattr; the loader leaves these two out where the kernel has no such hook. */
SEC("?lsm/inode_set_acl")
int BPF_PROG(gh_inode_set_acl, void *idmap, struct dentry *dentry) { return gh_metadata(dentry); }

SEC("?lsm/inode_remove_acl")
int BPF_PROG(gh_inode_remove_acl, void *idmap, struct dentry *dentry)
{
    return gh_metadata(dentry);
}
