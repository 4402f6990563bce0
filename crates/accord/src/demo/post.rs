//! A mail server and the receiver of a webhook, on the loopback: what everybody on the way of a notice can read.
//!
//! They take whatever they are sent, and keep every byte of it. Invariant: what is kept is what came over the wire; only
//! [`comparable`] leaves out what is random, and says what that is.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use accord_service::{MailServer, MailTls, NoticesConfig, Webhook};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::StepError;
use super::nodes::Who;

/// Most bytes of one request to the webhook that are waited for.
const REQUEST_MAX_BYTES: usize = 64 << 10;
/// What the webhook's requests are signed with.
const SECRET: &[u8] = b"a secret of the demo's webhook";

/// Where they listen: like the nodes' listeners, these outlive a world.
#[derive(Debug)]
pub struct PostBoxes {
    mail: (std::net::TcpListener, SocketAddr),
    hook: (std::net::TcpListener, SocketAddr),
}

impl PostBoxes {
    /// Binds two ports of the loopback, any.
    pub fn bind() -> Result<Self, StepError> {
        let one = || -> std::io::Result<(std::net::TcpListener, SocketAddr)> {
            let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
            listener.set_nonblocking(true)?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let failed = |error: std::io::Error| StepError::new(format!("no port for notices: {error}"));
        Ok(Self {
            mail: one().map_err(failed)?,
            hook: one().map_err(failed)?,
        })
    }

    /// How an organisation's node sends notices here.
    pub fn config(&self, who: Who) -> NoticesConfig {
        NoticesConfig {
            mail: Some(MailServer {
                host: self.mail.1.ip().to_string(),
                port: self.mail.1.port(),
                tls: MailTls::None,
                from: format!("accord@{}", who.org()),
                credentials: None,
            }),
            webhook: Some(Webhook {
                url: format!("http://{}/notices", self.hook.1),
                secret: SECRET.to_vec(),
            }),
        }
    }
}

type Letters = Arc<Mutex<Vec<String>>>;

/// Both of them, taking what comes until they are dropped.
#[derive(Debug)]
pub struct Post {
    letters: Letters,
    _taking: JoinSet<()>,
}

impl Post {
    /// Begins to take what comes.
    pub fn open(boxes: &PostBoxes) -> Result<Self, StepError> {
        let listener = |bound: &std::net::TcpListener| {
            let cloned = bound.try_clone().and_then(TcpListener::from_std);
            cloned.map_err(StepError::from_display)
        };
        let (mail, hook) = (listener(&boxes.mail.0)?, listener(&boxes.hook.0)?);
        let letters = Letters::default();
        let mut taking = JoinSet::new();
        // Who keeps a connection open keeps nobody waiting; of who breaks off, what came whole is kept.
        let kept = letters.clone();
        taking.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = mail.accept().await {
                open.spawn(take_mail(stream, kept.clone()));
            }
        });
        let kept = letters.clone();
        taking.spawn(async move {
            let mut open = JoinSet::new();
            while let Ok((stream, _)) = hook.accept().await {
                open.spawn(take_request(stream, kept.clone()));
            }
        });
        Ok(Self {
            letters,
            _taking: taking,
        })
    }

    /// What came since the last time, one text for each delivery, with every byte of it.
    pub fn take(&self) -> Vec<String> {
        let mut letters = self.letters.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut letters)
    }
}

fn keep(letters: &Letters, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    letters.lock().unwrap_or_else(PoisonError::into_inner).push(text);
}

/// A mail server (RFC 5321), as far as one mail needs it: envelope and message are one letter.
async fn take_mail(stream: TcpStream, letters: Letters) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read);
    write.write_all(b"220 here\r\n").await?;
    let (mut heard, mut in_message) = (Vec::new(), false);
    loop {
        let begins = heard.len();
        if lines.read_until(b'\n', &mut heard).await? == 0 {
            return Ok(());
        }
        let line = heard.get(begins..).unwrap_or_default();
        let command = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer: &[u8] = match (in_message, command.as_slice(), line) {
            (true, _, b".\r\n") => {
                in_message = false;
                keep(&letters, &std::mem::take(&mut heard));
                b"250 taken\r\n"
            }
            (true, ..) => continue,
            (false, b"DATA", _) => {
                in_message = true;
                b"354 go on\r\n"
            }
            (false, b"QUIT", _) => b"221 bye\r\n",
            (false, ..) => b"250 here\r\n",
        };
        write.write_all(answer).await?;
    }
}

/// The length that a request says its body has (RFC 9110, section 8.6).
fn body_length(head: &str) -> usize {
    let mut lines = head.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    lines.next().unwrap_or(0)
}

/// One request over HTTP, whole, and thanks for it.
async fn take_request(mut stream: TcpStream, letters: Letters) -> std::io::Result<()> {
    let (mut held, mut chunk) = (Vec::new(), [0; 4_096]);
    while held.len() < REQUEST_MAX_BYTES {
        let read = stream.read(&mut chunk).await?;
        held.extend_from_slice(chunk.get(..read).unwrap_or_default());
        let text = String::from_utf8_lossy(&held);
        let whole = text
            .split_once("\r\n\r\n")
            .is_some_and(|(head, body)| body.len() >= body_length(head));
        if whole || read == 0 {
            break;
        }
    }
    keep(&letters, &held);
    stream
        .write_all(b"HTTP/1.1 204 taken\r\nconnection: close\r\n\r\n")
        .await
}

/// A letter without what is random in it: the id of a mail, the id in a webhook's body, and the signature over that.
pub fn comparable(letter: &str) -> String {
    let lines = letter.split_inclusive("\r\n").filter(|line| {
        let line = line.to_ascii_lowercase();
        !line.starts_with("message-id:") && !line.starts_with("accord-signature:")
    });
    let text: String = lines.collect();
    match text.split_once("\"id\":\"") {
        Some((before, after)) => {
            let rest = after.split_once('"').map_or("", |(_, rest)| rest);
            format!("{before}\"id\":\"\"{rest}")
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_random_is_left_out_of_a_letter_and_nothing_else() {
        let mail = "DATA\r\nTo: a@b\r\nMessage-ID: <01@b>\r\n\r\n  1 decision\r\n.\r\n";
        assert_eq!(comparable(mail), "DATA\r\nTo: a@b\r\n\r\n  1 decision\r\n.\r\n");
        let hook =
            "POST / HTTP/1.1\r\naccord-signature: v1=00\r\n\r\n{\"format\":1,\"id\":\"ff\",\"waits\":{}}";
        assert_eq!(
            comparable(hook),
            "POST / HTTP/1.1\r\n\r\n{\"format\":1,\"id\":\"\",\"waits\":{}}"
        );
    }

    #[tokio::test]
    async fn every_byte_that_comes_is_kept() {
        let boxes = PostBoxes::bind().unwrap();
        let post = Post::open(&boxes).unwrap();
        let mut stream = TcpStream::connect(boxes.hook.1).await.unwrap();
        stream
            .write_all(b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody")
            .await
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
        let mut stream = TcpStream::connect(boxes.mail.1).await.unwrap();
        stream
            .write_all(b"EHLO a\r\nMAIL FROM:<a@b>\r\nDATA\r\nTo: c\r\n.\r\nQUIT\r\n")
            .await
            .unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.ends_with("221 bye\r\n"), "{answer}");
        assert_eq!(
            post.take(),
            [
                "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody",
                "EHLO a\r\nMAIL FROM:<a@b>\r\nDATA\r\nTo: c\r\n.\r\n"
            ]
        );
        assert!(post.take().is_empty());
    }
}
