//! Attacks that no shell can make, as Python: plain sockets, and system calls by their number.

/// Reads the victim's memory by its file.
pub(crate) const MEMORY_FILE: &str = r#"
import os
with open(f"/proc/{os.environ['T_VICTIM']}/mem", "rb") as memory:
    memory.seek(int(os.environ["T_ADDRESS"]))
    came_through(memory.read(20) == b"secret-in-the-memory")
"#;

pub(crate) const MEMORY_CALL: &str = r#"
class Piece(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]
here = ctypes.create_string_buffer(20)
mine = Piece(ctypes.cast(here, ctypes.c_void_p), 20)
theirs = Piece(int(os.environ["T_ADDRESS"]), 20)
libc.process_vm_readv(int(os.environ["T_VICTIM"]), ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0)
came_through(here.raw == b"secret-in-the-memory")
"#;

pub(crate) const TRACE: &str = r#"
came_through(libc.ptrace(16, int(os.environ["T_VICTIM"]), 0, 0) == 0)
"#;

pub(crate) const TAKE_DESCRIPTOR: &str = r#"
process = os.pidfd_open(int(os.environ["T_VICTIM"]))
came_through(libc.syscall(438, process, 0, 0) >= 0)
"#;

pub(crate) const IO_URING: &str = r#"
came_through(libc.syscall(425, 4, ctypes.create_string_buffer(256)) >= 0)
"#;

pub(crate) const SET_NAMESPACE: &str = r#"
came_through(libc.setns(os.open("/proc/self/ns/uts", os.O_RDONLY), 0) == 0)
"#;

pub(crate) const KEYRING: &str = r#"
came_through(libc.syscall(250 if os.uname().machine == "x86_64" else 219, 0, -2, 1, 0, 0) >= 0)
"#;

pub(crate) const BPF: &str = r#"
attributes = ctypes.create_string_buffer(128)
struct.pack_into("IIII", attributes, 0, 2, 4, 4, 1)
came_through(libc.syscall(321 if os.uname().machine == "x86_64" else 280, 0, attributes, 128) >= 0)
"#;

pub(crate) const TCP: &str = r#"
came_through(greeted(socket.socket(), lambda s, to: s.connect(to)))
"#;

pub(crate) const MULTIPATH_TCP: &str = r#"
came_through(greeted(socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262), lambda s, to: s.connect(to)))
"#;

pub(crate) const FAST_OPEN: &str = r#"
came_through(greeted(socket.socket(), lambda s, to: s.sendto(b"x", 0x20000000, to)))
"#;

pub(crate) const FAST_OPEN_MESSAGE: &str = r#"
came_through(greeted(socket.socket(), lambda s, to: s.sendmsg([b"x"], [], 0x20000000, to)))
"#;

pub(crate) const ABSTRACT_SOCKET: &str = r#"
s = socket.socket(socket.AF_UNIX)
s.connect("\0" + os.environ["T_ABSTRACT"])
came_through(s.recv(7) == b"welcome")
"#;

const BEFORE: &str = r#"
import ctypes, os, socket, struct
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
def came_through(it_did):
    if it_did: print("CAME-THROUGH")
def greeted(s, connect):
    connect(s, ("127.0.0.1", int(os.environ["T_PORT"])))
    s.settimeout(5)
    return s.recv(7) == b"welcome"
"#;

/// As a script for a shell.
pub(crate) fn script(attack: &str) -> String {
    format!("/usr/bin/python3 - <<'PYTHON'\n{BEFORE}{attack}\nPYTHON\n")
}
