/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs beyond their path, which file_open judged: the arguments that they are started with, and code that is
 * mapped rather than executed. They must never judge again what execve opened itself. */
#include "argv.h"
#include "hooks/request.h"
#include "path.h"
#include "read.h"

/* On overlayfs a mapping holds the backing file (from 6.5), whose own path leads nowhere. The flag that
 * says so, FMODE_BACKING, is another bit on each kernel; the mount tells it everywhere. */
GH_INLINE int gh_map(struct gh_session *session, struct file *file)
{
    __u64 dentry = (__u64)file->f_path.dentry, mnt = (__u64)file->f_path.mnt;
    __u64 mount = mnt - bpf_core_field_offset(struct mount, mnt);

    if (bpf_core_type_exists(struct backing_file) && GH_IS_ERR(GH_GET(mount, mount, mnt_ns)) &&
        !gh_is_pseudo(mount, dentry)) {
        dentry = (__u64)GH_GET(backing_file, (__u64)file, user_path.dentry);
        mnt = (__u64)GH_GET(backing_file, (__u64)file, user_path.mnt);
    }
    return gh_path(session, dentry, mnt, BIT(GH_EXEC), GH_REQ_MAPPED);
}

SEC("lsm/mmap_file")
int BPF_PROG(gh_mmap_file, struct file *file, unsigned long reqprot, unsigned long prot)
{
    struct gh_session *session;

    if (!(prot & PROT_EXEC) || !file || file->f_flags & FMODE_EXEC_FLAG)
        return 0;
    session = gh_scope();
    if (!session)
        return 0;
    return gh_errno(gh_map(session, file), -EACCES);
}

SEC("lsm/file_mprotect")
int BPF_PROG(gh_file_mprotect, struct vm_area_struct *vma, unsigned long reqprot,
             unsigned long prot)
{
    struct gh_session *session;
    struct file *file;

    if (!(prot & PROT_EXEC))
        return 0;
    file = vma->vm_file;
    if (!file || file->f_flags & FMODE_EXEC_FLAG)
        return 0;
    session = gh_scope();
    if (!session)
        return 0;
    return gh_errno(gh_map(session, file), -EACCES);
}

GH_INLINE int gh_start(struct gh_session *session, struct linux_binprm *bprm)
{
    struct gh_slot *slot;
    int index, verdict;

    slot = gh_path_request(session, 0, 0, BIT(GH_EXEC), GH_REQ_COMMAND, &index);
    if (!slot)
        return gh_decide_busy(session->policy);
    slot->dentry = (__u64)bprm->file->f_path.dentry;
    slot->mnt = (__u64)bprm->file->f_path.mnt;
    gh_argv_of(slot, bprm);
    verdict = gh_decide_command(index);
    gh_release(slot);
    return verdict;
}

/* Once for each execve, after the program was opened and its arguments were copied, and before anything of the old
 * image is gone: so it can be refused, and asked for. A script's interpreter comes later and is opened only. */
SEC("lsm/bprm_creds_for_exec")
int BPF_PROG(gh_command, struct linux_binprm *bprm)
{
    struct gh_session *session = gh_scope();

    if (!session || !gh_looks_at_commands(*(volatile __u32 *)&session->policy))
        return 0;
    return gh_errno(gh_start(session, bprm), -EACCES);
}
