//! What two workers agree on before the first frame.
//!
//! ```text
//!   caller ── Hello ──► listener      versions, who we are, codecs, sizes
//!   caller ◄─ Welcome ─ listener      what it is to be: from here on, frames
//!         or ◄─ Refusal ──            why not, and the end
//! ```
//!
//! Functions on bytes: who sends them, and how long anybody waits for them, is not known here. Identities are
//! bytes that are compared and never looked into.

use std::fmt;

use super::compress::Codec;
use super::header::VERSION;
use super::packet::{Fields, Kind, Packet, open_packet, packet, put_bytes, wrong};
use crate::bound::{FRAME_BYTES_MAX, IDENTITY_BYTES_MAX, REFUSAL_BYTES_MAX};

/// What the caller says first, and what the listener compares with its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The first and last version of frames that it speaks.
    pub versions: (u8, u8),
    /// The cluster it belongs to.
    pub cluster: Vec<u8>,
    /// The job whose rows will travel.
    pub job: Vec<u8>,
    /// Which execution of it.
    pub attempt: u32,
    /// The codecs it has, dearest first: the listener takes the first that it has too.
    pub codecs: Vec<Codec>,
    /// The size of its segments, in which credit is counted.
    pub segment_bytes: u32,
    /// The longest body of a frame that it takes.
    pub body_bytes_max: u32,
}

/// What was agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Welcome {
    /// The version of all frames.
    pub version: u8,
    /// The codec of those that are compressed.
    pub codec: Codec,
    /// No body is longer, in either direction.
    pub body_bytes_max: u32,
}

/// Why there will be no frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// What does not fit.
    pub code: RefusalCode,
    /// What both sides have said, and what to do about it.
    pub text: String,
}

/// What does not fit between two workers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum RefusalCode {
    /// They have no version of frames in common.
    Version = 1,
    /// They belong to different clusters.
    Cluster = 2,
    /// They run different jobs.
    Job = 3,
    /// One of them is behind: it runs an execution that is over, or that the other has not heard of.
    Attempt = 4,
    /// They have no codec in common.
    Codec = 5,
    /// Their segments differ in size.
    SegmentBytes = 6,
}

/// What the listener says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Frames may follow.
    Welcome(Welcome),
    /// Nothing follows.
    Refusal(Refusal),
}

/// Why two workers do not come together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HandshakeError {
    /// The packet is other than the one that was sent.
    #[error("the handshake is damaged: its checksum does not match; open the connection again")]
    Damaged,
    /// The peer is no worker.
    #[error("no worker answers at that address, check it: the first bytes are {found:02x?}")]
    NoHandshake {
        /// Where the magic number and form should be.
        found: [u8; 5],
    },
    /// The checksum is right and what the packet says is not possible.
    #[error("run one release on all workers: the handshake is wrong, {what}")]
    Wrong {
        /// What does not fit.
        what: String,
    },
    /// The peer does not want this connection.
    #[error("the peer refuses the connection: {0}")]
    Refused(Refusal),
}

impl HandshakeError {
    /// Whether a new connection may succeed without anybody changing anything.
    pub fn retry_may_help(&self) -> bool {
        match self {
            Self::Damaged => true,
            // Whoever is behind hears of the new attempt soon.
            Self::Refused(refusal) => refusal.code == RefusalCode::Attempt,
            Self::NoHandshake { .. } | Self::Wrong { .. } => false,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Hello {
    /// The versions of frames that this release speaks.
    pub const VERSIONS: (u8, u8) = (VERSION, VERSION);

    /// The packet.
    ///
    /// # Panics
    ///
    /// If an identity is longer than 256 bytes or a body may be longer than
    /// [`FRAME_BYTES_MAX`](crate::FRAME_BYTES_MAX): these are ours.
    pub fn write(&self) -> Vec<u8> {
        assert!(self.body_bytes_max as usize <= FRAME_BYTES_MAX);
        let mut body = vec![self.versions.0, self.versions.1];
        for number in [self.attempt, self.segment_bytes, self.body_bytes_max] {
            body.extend_from_slice(&number.to_le_bytes());
        }
        let codecs: Vec<u8> = self.codecs.iter().map(|codec| *codec as u8).collect();
        for (bytes, most) in [
            (&codecs, Codec::ALL.len()),
            (&self.cluster, IDENTITY_BYTES_MAX),
            (&self.job, IDENTITY_BYTES_MAX),
        ] {
            assert!(bytes.len() <= most);
            put_bytes(&mut body, bytes);
        }
        packet(Kind::Hello, &body)
    }

    /// The hello at the front of `bytes` and its length, or `None` while it is not whole.
    pub fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, HandshakeError> {
        let Some(Packet { kind, body, used }) = open_packet(bytes)? else { return Ok(None) };
        if kind != Kind::Hello as u8 {
            return Err(wrong(format!("a packet of kind {kind} where a hello should be")));
        }
        let mut body = Fields(body);
        let [first, last] = body.take()?;
        let [attempt, segment_bytes, body_bytes_max] = [body.number()?, body.number()?, body.number()?];
        let codecs = body.bytes(Codec::ALL.len())?.iter().filter_map(|number| Codec::from_number(*number));
        let hello = Self {
            versions: (first, last),
            attempt,
            segment_bytes,
            body_bytes_max,
            codecs: codecs.collect(),
            cluster: body.bytes(IDENTITY_BYTES_MAX)?.to_vec(),
            job: body.bytes(IDENTITY_BYTES_MAX)?.to_vec(),
        };
        body.end()?;
        Ok(Some((hello, used)))
    }

    /// What a listener, which would have said `self`, answers to the hello of a caller.
    pub fn answer(&self, caller: &Self) -> Reply {
        match self.agree(caller) {
            Ok(welcome) => Reply::Welcome(welcome),
            Err(refusal) => Reply::Refusal(refusal),
        }
    }

    fn agree(&self, caller: &Self) -> Result<Welcome, Refusal> {
        let refuse = |code, text| Err(Refusal { code, text });
        // The version comes first: what another version means by the rest is not for this one to say.
        let version = self.versions.1.min(caller.versions.1);
        if version < self.versions.0.max(caller.versions.0) {
            let text = format!(
                "run one release on all workers: one speaks versions {}, the caller {}",
                Versions(self.versions),
                Versions(caller.versions)
            );
            return refuse(RefusalCode::Version, text);
        }
        for (code, what, option, ours, theirs) in [
            (RefusalCode::Cluster, "cluster", "cluster.id", &self.cluster, &caller.cluster),
            (RefusalCode::Job, "job", "the address of the worker", &self.job, &caller.job),
        ] {
            if ours != theirs {
                let text = format!(
                    "check {option}: one belongs to {what} {}, the caller to {}",
                    ours.escape_ascii(),
                    theirs.escape_ascii()
                );
                return refuse(code, text);
            }
        }
        if self.attempt != caller.attempt {
            let text = format!(
                "call again when both have heard of the last attempt: one runs attempt {}, the caller {}",
                self.attempt, caller.attempt
            );
            return refuse(RefusalCode::Attempt, text);
        }
        self.agree_on_sizes(caller, version)
    }

    fn agree_on_sizes(&self, caller: &Self, version: u8) -> Result<Welcome, Refusal> {
        if self.segment_bytes != caller.segment_bytes {
            let text = format!(
                "set taskmanager.memory.segment-size to one value on all workers: one has {} bytes, the caller {}",
                self.segment_bytes, caller.segment_bytes
            );
            return Err(Refusal { code: RefusalCode::SegmentBytes, text });
        }
        let Some(codec) = caller.codecs.iter().find(|codec| self.codecs.contains(codec)) else {
            let text = format!(
                "let all workers have a codec in common: one has {:?}, the caller {:?}",
                self.codecs, caller.codecs
            );
            return Err(Refusal { code: RefusalCode::Codec, text });
        };
        let body_bytes_max = self.body_bytes_max.min(caller.body_bytes_max);
        Ok(Welcome { version, codec: *codec, body_bytes_max })
    }
}

impl Reply {
    /// The packet. A text that is too long is cut.
    pub fn write(&self) -> Vec<u8> {
        match self {
            Self::Welcome(welcome) => {
                let mut body = vec![welcome.version, welcome.codec as u8];
                body.extend_from_slice(&welcome.body_bytes_max.to_le_bytes());
                packet(Kind::Welcome, &body)
            }
            Self::Refusal(refusal) => {
                let mut body = vec![refusal.code as u8];
                let text = &refusal.text;
                body.extend_from_slice(&text.as_bytes()[..text.floor_char_boundary(REFUSAL_BYTES_MAX)]);
                packet(Kind::Refusal, &body)
            }
        }
    }

    /// The reply at the front of `bytes` and its length, or `None` while it is not whole.
    pub fn read(bytes: &[u8]) -> Result<Option<(Self, usize)>, HandshakeError> {
        let Some(Packet { kind, body, used }) = open_packet(bytes)? else { return Ok(None) };
        let mut body = Fields(body);
        let reply = if kind == Kind::Welcome as u8 {
            let [version, codec] = body.take()?;
            let codec =
                Codec::from_number(codec).ok_or_else(|| wrong(format!("no codec has number {codec}")))?;
            let welcome = Welcome { version, codec, body_bytes_max: body.number()? };
            body.end()?;
            Self::Welcome(welcome)
        } else if kind == Kind::Refusal as u8 {
            let [code] = body.take()?;
            let code = RefusalCode::from_number(code)
                .ok_or_else(|| wrong(format!("no refusal has number {code}")))?;
            // Goes to a log: control characters of a peer do not.
            let text = String::from_utf8_lossy(body.0).replace(char::is_control, " ");
            Self::Refusal(Refusal { code, text })
        } else {
            return Err(wrong(format!("a packet of kind {kind} where a reply should be")));
        };
        Ok(Some((reply, used)))
    }

    /// What was agreed, as the caller sees it whose hello was `caller`: nothing that it has not offered.
    pub fn accept(self, caller: &Hello) -> Result<Welcome, HandshakeError> {
        let welcome = match self {
            Self::Welcome(welcome) => welcome,
            Self::Refusal(refusal) => return Err(HandshakeError::Refused(refusal)),
        };
        let (first, last) = caller.versions;
        if !(first..=last).contains(&welcome.version) {
            let spoken = Versions(caller.versions);
            return Err(wrong(format!("version {} was chosen and {spoken} were offered", welcome.version)));
        }
        if !caller.codecs.contains(&welcome.codec) {
            return Err(wrong(format!(
                "{:?} was chosen and {:?} were offered",
                welcome.codec, caller.codecs
            )));
        }
        if welcome.body_bytes_max > caller.body_bytes_max {
            let (chosen, offered) = (welcome.body_bytes_max, caller.body_bytes_max);
            return Err(wrong(format!("frames of {chosen} bytes were chosen and {offered} were offered")));
        }
        Ok(welcome)
    }
}

/// The first and last of them.
struct Versions((u8, u8));

impl fmt::Display for Versions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} to {}", self.0.0, self.0.1)
    }
}

impl RefusalCode {
    const ALL: [Self; 6] =
        [Self::Version, Self::Cluster, Self::Job, Self::Attempt, Self::Codec, Self::SegmentBytes];

    fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|code| *code as u8 == number)
    }
}
