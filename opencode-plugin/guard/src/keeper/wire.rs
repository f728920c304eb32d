//! What client, broker and keeper say to each other: a length, a body, and descriptors beside the length.

use crate::exec::Order;
use rustix::cmsg_space;
use rustix::fd::{BorrowedFd, OwnedFd};
use rustix::io::retry_on_intr;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use std::ffi::{OsStr, OsString};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::net::UnixStream;

/// The kernel takes 2 MiB of arguments and variables by default, so no order that can be run is larger.
const LARGEST: usize = 8 * 1024 * 1024;

/// Standard input, output and error.
pub(crate) const STANDARD: usize = 3;

pub(crate) fn send(socket: &UnixStream, body: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let length = u32::try_from(body.len()).map_err(io::Error::other)?.to_le_bytes();
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(STANDARD))];
    let mut beside = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() && !beside.push(SendAncillaryMessage::ScmRights(descriptors)) {
        return Err(io::Error::other("too many descriptors"));
    }
    let parts = [IoSlice::new(&length)];
    let sent = retry_on_intr(|| sendmsg(socket, &parts, &mut beside, SendFlags::NOSIGNAL))?;
    let mut socket = socket;
    socket.write_all(&length[sent..])?;
    socket.write_all(body)
}

/// Nothing when the other end has gone.
pub(crate) fn receive(socket: &UnixStream) -> io::Result<Option<(Vec<u8>, Vec<OwnedFd>)>> {
    let mut length = [0; 4];
    let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(STANDARD))];
    let mut beside = RecvAncillaryBuffer::new(&mut space);
    let flags = RecvFlags::CMSG_CLOEXEC;
    let mut parts = [IoSliceMut::new(&mut length)];
    let got = retry_on_intr(|| recvmsg(socket, &mut parts, &mut beside, flags))?.bytes;
    if got == 0 {
        return Ok(None);
    }
    let mut descriptors = vec![];
    for message in beside.drain() {
        if let RecvAncillaryMessage::ScmRights(sent) = message {
            descriptors.extend(sent);
        }
    }
    let mut socket = socket;
    socket.read_exact(&mut length[got..])?;
    let length = u32::from_le_bytes(length) as usize;
    if length > LARGEST {
        return Err(io::Error::other("too large"));
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body)?;
    Ok(Some((body, descriptors)))
}

/// No part of a command can hold a NUL, so that is what parts them.
pub(crate) fn encode(order: &Order) -> Vec<u8> {
    let Order { program, name, arguments, variables, directory } = order;
    let mut parts = vec![directory.as_os_str().to_owned(), program.as_os_str().to_owned(), name.clone()];
    parts.push(arguments.len().to_string().into());
    parts.extend(arguments.iter().cloned());
    parts.extend(variables.iter().flat_map(|(name, value)| [name.clone(), value.clone()]));
    parts.join(OsStr::from_bytes(b"\0")).into_vec()
}

pub(crate) fn decode(body: &[u8]) -> Option<Order> {
    let mut parts = body.split(|byte| *byte == 0).map(|part| OsString::from_vec(part.to_owned()));
    let (directory, program, name) = (parts.next()?.into(), parts.next()?.into(), parts.next()?);
    let count: usize = parts.next()?.to_str()?.parse().ok()?;
    let arguments: Vec<_> = parts.by_ref().take(count).collect();
    let rest: Vec<_> = parts.collect();
    let pairs = rest.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone()));
    let whole = arguments.len() == count && rest.len().is_multiple_of(2);
    whole.then(|| Order { program, name, arguments, variables: pairs.collect(), directory })
}

/// What a keeper says: first that it waits for the order, then how the command ended; or why it was not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Ready,
    Ended(u8),
    Killed(i32),
    Refused(String),
}

impl Answer {
    pub(crate) fn encode(&self) -> Vec<u8> {
        match self {
            Self::Ready => "ready ".to_owned(),
            Self::Ended(code) => format!("ended {code}"),
            Self::Killed(signal) => format!("killed {signal}"),
            Self::Refused(why) => format!("refused {why}"),
        }
        .into_bytes()
    }

    pub(crate) fn decode(body: &[u8]) -> Option<Self> {
        let (kind, rest) = std::str::from_utf8(body).ok()?.split_once(' ')?;
        match kind {
            "ready" => Some(Self::Ready),
            "ended" => rest.parse().ok().map(Self::Ended),
            "killed" => rest.parse().ok().map(Self::Killed),
            "refused" => Some(Self::Refused(rest.to_owned())),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, decode, encode, receive, send};
    use crate::exec::Order;
    use std::io::{Read, Write};
    use std::os::fd::AsFd;
    use std::os::unix::ffi::OsStringExt;
    use std::os::unix::net::UnixStream;

    fn order(arguments: &[&[u8]]) -> Order {
        Order {
            program: "/bin/bash".into(),
            name: "bash".into(),
            arguments: arguments.iter().map(|part| std::ffi::OsString::from_vec(part.to_vec())).collect(),
            variables: [("A".into(), "1=2\n".into()), ("EMPTY".into(), "".into())].into(),
            directory: "/work/one".into(),
        }
    }

    #[test]
    fn an_order_comes_out_as_it_went_in() {
        // REQ-GATE-07
        let words: [&[&[u8]]; 3] = [&[], &[b"-c", b"echo \xff \"'\n"], &[b"", b"", b""]];
        for arguments in words {
            let order = order(arguments);
            assert_eq!(decode(&encode(&order)).as_ref(), Some(&order));
        }
        assert_eq!(decode(b""), None);
        assert_eq!(decode(b"/\0/bin/sh\0sh\x009\0-c"), None);
        for answer in
            [Answer::Ready, Answer::Ended(3), Answer::Killed(9), Answer::Refused("no such file".into())]
        {
            assert_eq!(Answer::decode(&answer.encode()).as_ref(), Some(&answer));
        }
    }

    #[test]
    fn descriptors_go_with_a_body_of_any_length() {
        // REQ-GATE-07
        let (here, there) = UnixStream::pair().unwrap();
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        let body = vec![7; 3 * 1024 * 1024];
        let sent = body.clone();
        let sender = std::thread::spawn(move || send(&here, &sent, &[theirs.as_fd()]).unwrap());
        let (received, descriptors) = receive(&there).unwrap().unwrap();
        sender.join().unwrap();
        assert!(received == body);
        UnixStream::from(descriptors.into_iter().next().unwrap()).write_all(b"x").unwrap();
        ours.read_exact(&mut [0]).unwrap();
        assert!(receive(&there).unwrap().is_none(), "the other end has gone");
    }

    #[test]
    fn what_is_too_large_is_not_read() {
        // REQ-GATE-07
        let (mut here, there) = UnixStream::pair().unwrap();
        here.write_all(&u32::MAX.to_le_bytes()).unwrap();
        assert!(receive(&there).is_err());
    }
}
