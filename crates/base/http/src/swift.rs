//! The swift way (早道): as long as a connection asks for public documents and what else lies at hand, and for nothing more, it is
//! answered here: a head made beforehand and the bytes everybody shares, in one write. What is not such a request to the letter goes, with all that was
//! read, to the library that speaks the whole of HTTP, and the connection stays there.
//!
//! **Invariant:** nothing is refused here; whatever is odd in any way is handed over as it came.
//! **Invariant:** an answer has the same bytes on both ways, but for the order of its headers.

use std::future::poll_fn;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::Poll;

use httparse::{EMPTY_HEADER, Request, Status};
use kernel::Clock;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::app::App;
use crate::connection::Watched;
use crate::precompressed::Ready;

/// A longer head is handed over.
const LONGEST_HEAD: usize = 4096;
const MOST_HEADERS: usize = 32;

/// What stands in what was read.
#[derive(Debug, PartialEq, Eq)]
enum Asked<'a> {
    /// Nothing whole yet.
    Part,
    /// Not ours.
    Odd,
    Document(Wanted<'a>),
}

#[derive(Debug, PartialEq, Eq)]
struct Wanted<'a> {
    /// Bytes of the head.
    length: usize,
    path: &'a str,
    accept_encoding: &'a str,
    if_none_match: Option<&'a [u8]>,
}

/// Answers until something else is asked for: then all that was read and not answered. `None` when the connection has ended.
pub(crate) async fn serve(socket: &mut Watched, app: &App) -> io::Result<Option<Vec<u8>>> {
    let mut buffer = vec![0; LONGEST_HEAD];
    let mut filled = 0;
    let mut date = Date::default();
    loop {
        let mut done = 0;
        loop {
            let wanted = match asked(&buffer[done..filled]) {
                Asked::Part => break,
                Asked::Odd => return Ok(Some(rest(buffer, done, filled))),
                Asked::Document(wanted) => wanted,
            };
            let document = app.hot.named(wanted.path);
            let answer = match &document {
                Some(document) => Some(document.ready(wanted.accept_encoding, wanted.if_none_match)),
                None => app
                    .at_hand(wanted.path)
                    .and_then(|packed| packed.ready(wanted.accept_encoding, wanted.if_none_match)),
            };
            let Some(answer) = answer else { return Ok(Some(rest(buffer, done, filled))) };
            done += wanted.length;
            write(socket, &answer, date.line(socket.tick(), &app.clock)).await?;
            socket.answered(done < filled);
        }
        if socket.is_ending() && done == filled {
            return Ok(None);
        }
        buffer.copy_within(done..filled, 0);
        filled -= done;
        if filled == buffer.len() {
            return Ok(Some(buffer));
        }
        match read(socket, &mut buffer, filled).await? {
            0 => return Ok(None),
            more => filled += more,
        }
    }
}

fn rest(mut buffer: Vec<u8>, done: usize, filled: usize) -> Vec<u8> {
    buffer.truncate(filled);
    buffer.drain(..done);
    buffer
}

/// How many bytes came; 0 when there will be none, or when the server wants to end and nothing was begun.
async fn read(socket: &mut Watched, buffer: &mut [u8], filled: usize) -> io::Result<usize> {
    poll_fn(|cx| {
        let mut space = ReadBuf::new(&mut buffer[filled..]);
        match Pin::new(&mut *socket).poll_read(cx, &mut space) {
            Poll::Ready(read) => Poll::Ready(read.map(|()| space.filled().len())),
            // What came before the end is answered; what has not begun does not begin any more.
            Poll::Pending if filled == 0 && socket.is_ending() => Poll::Ready(Ok(0)),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

async fn write(socket: &mut Watched, answer: &Ready<'_>, date: &[u8]) -> io::Result<()> {
    let parts = [answer.head(), date, answer.body()];
    let all: usize = parts.iter().map(|part| part.len()).sum();
    let mut sent = 0;
    while sent < all {
        let mut over = sent;
        let left = parts.map(|part| {
            let from = over.min(part.len());
            over -= from;
            IoSlice::new(&part[from..])
        });
        let more = poll_fn(|cx| Pin::new(&mut *socket).poll_write_vectored(cx, &left)).await?;
        if more == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        sent += more;
    }
    Ok(())
}

fn asked(bytes: &[u8]) -> Asked<'_> {
    let mut headers = [EMPTY_HEADER; MOST_HEADERS];
    let mut request = Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) => return Asked::Part,
        Err(_) => return Asked::Odd,
    };
    let (Some("GET"), Some(1), Some(target)) = (request.method, request.version, request.path) else {
        return Asked::Odd;
    };
    let path = target.split_once('?').map_or(target, |(path, _)| path);
    let mut wanted = Wanted { length, path, accept_encoding: "", if_none_match: None };
    let mut encodings = 0;
    for header in request.headers.iter() {
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        if is("accept-encoding") {
            // What is no text says nothing, as on the long way.
            wanted.accept_encoding = std::str::from_utf8(header.value).unwrap_or("");
            encodings += 1;
        } else if is("if-none-match") {
            if wanted.if_none_match.replace(header.value).is_some() {
                return Asked::Odd;
            }
        } else if is("connection") {
            if !header.value.eq_ignore_ascii_case(b"keep-alive") {
                return Asked::Odd;
            }
        } else if CHANGE_THE_TALK.iter().any(|name| is(name)) {
            return Asked::Odd;
        }
    }
    if encodings > 1 { Asked::Odd } else { Asked::Document(wanted) }
}

/// A request with one of these has a body, or speaks of the connection itself.
const CHANGE_THE_TALK: [&str; 6] =
    ["content-length", "transfer-encoding", "upgrade", "expect", "http2-settings", "proxy-connection"];

/// The header `date` and the end of a head, made anew when time has moved on.
#[derive(Default)]
struct Date {
    tick: Option<u32>,
    line: Vec<u8>,
}

impl Date {
    fn line(&mut self, tick: u32, clock: &Clock) -> &[u8] {
        if self.tick != Some(tick) {
            self.tick = Some(tick);
            self.line = clock.now().utc().format("date: %a, %d %b %Y %H:%M:%S GMT\r\n\r\n").to_string().into_bytes();
        }
        &self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_request_is_ours() {
        let plain = b"GET /public/a/b.json?v=3 HTTP/1.1\r\nHost: x\r\nAccept-Encoding: br, gzip\r\nConnection: Keep-Alive\r\n\r\nGET";
        let Asked::Document(wanted) = asked(plain) else { panic!("it is ours") };
        assert_eq!(
            (wanted.length, wanted.path, wanted.accept_encoding),
            (plain.len() - 3, "/public/a/b.json", "br, gzip")
        );
        for end in 0..plain.len() - 3 {
            assert_eq!(asked(&plain[..end]), Asked::Part, "{end}");
        }
        for odd in [
            "POST /public/a.json HTTP/1.1\r\n\r\n",
            "HEAD /public/a.json HTTP/1.1\r\n\r\n",
            "GET /public/a.json HTTP/1.0\r\n\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
            "GET /public/a.json HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody",
            "GET /public/a.json HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
            "GET /public/a.json HTTP/1.1\r\nConnection: close\r\n\r\n",
            "GET /public/a.json HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n",
            "GET /public/a.json HTTP/1.1\r\nExpect: 100-continue\r\n\r\n",
            "GET /public/a.json HTTP/1.1\r\nIf-None-Match: \"a\"\r\nIf-None-Match: \"b\"\r\n\r\n",
            "GET /public/a.json HTTP/1.1\r\nbad header\r\n\r\n",
            "GET /public/a.json HTTP/1.1\r\n folded: x\r\n\r\n",
            "\u{1f}\u{8b}",
        ] {
            assert_eq!(asked(odd.as_bytes()), Asked::Odd, "{odd:?}");
        }
    }
}
