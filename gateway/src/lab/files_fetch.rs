//! `gateway fetch-files`: what the first container of a lab runs. It fetches the archive of the lab's files from the gateway, looks
//! whether it is the one that was announced, unpacks it, and puts it in the place of what was there. Files that are there already
//! are not fetched again.

use super::files_listing::MOST_BYTES;
use super::files_unpacking::{UnpackFault, Unpacked, unpack};
use backon::{ExponentialBuilder, Retryable};
use futures_util::StreamExt;
use reqwest::{Client, StatusCode, redirect};
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::fs::File;
use tokio::io::AsyncWriteExt;

/// An archive can be a little larger than what is in it.
const LARGEST: u64 = MOST_BYTES + 16 * 1024 * 1024;

/// No token is longer.
const LONGEST_TOKEN: u64 = 64 * 1024;

const CONNECTS_WITHIN: Duration = Duration::from_secs(5);
const GOES_ON_WITHIN: Duration = Duration::from_secs(30);

/// A gateway that is killed has a successor within fifteen seconds; one that starts anew may take longer.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(5);
const TRIES: usize = 20;

/// Below the folder: what the app sees, which archive that is, and what is not finished.
const CONTENT: &str = "content";
const MARK: &str = "digest";
const ARCHIVE: &str = "incoming.tar.gz";
const INCOMING: &str = "incoming";

/// Where the files come from, and where to.
#[derive(Clone, Debug)]
pub struct FilesOrder {
    pub from: String,
    /// Of the archive, in hexadecimal digits.
    pub digest: String,
    /// Read anew for each try: the cluster writes a new one before the old one is over.
    pub token_file: PathBuf,
    pub into: PathBuf,
}

/// What came of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FetchedFiles {
    /// These very files were there.
    ThereAlready,
    Fetched {
        files: usize,
        bytes: u64,
    },
}

#[derive(Debug, thiserror::Error)]
pub enum FetchFault {
    #[error("The gateway does not hand out these files ({0}); its log says why. Deploy again")]
    Refused(StatusCode),
    #[error("The gateway can't hand out these files now ({0})")]
    NotNow(StatusCode),
    #[error("The gateway was not reached, or the connection broke")]
    Unreached(#[source] reqwest::Error),
    #[error("The files have more than {} MiB", LARGEST / 1024 / 1024)]
    TooLarge,
    #[error(
        "What came is not what was announced (digest {found} instead of {expected}); nothing was unpacked"
    )]
    Digest { found: String, expected: String },
    #[error("The archive can't be used: {0}")]
    Archive(String),
    #[error("{} can't be read or written", .path.display())]
    Disk { path: PathBuf, source: io::Error },
}

impl FetchFault {
    /// It may work in a moment.
    fn passes(&self) -> bool {
        matches!(self, Self::NotNow(_) | Self::Unreached(_))
    }
}

fn disk(path: &Path) -> impl FnOnce(io::Error) -> FetchFault + use<> {
    let path = path.to_owned();
    move |source| FetchFault::Disk { path, source }
}

pub async fn fetch_files(order: &FilesOrder) -> Result<FetchedFiles, FetchFault> {
    if is_there(order) {
        return Ok(FetchedFiles::ThereAlready);
    }
    let client = Client::builder().no_proxy().redirect(redirect::Policy::none());
    let client = client.connect_timeout(CONNECTS_WITHIN).read_timeout(GOES_ON_WITHIN);
    let client = client.build().map_err(FetchFault::Unreached)?;
    let waits = ExponentialBuilder::default().with_min_delay(FIRST_WAIT).with_max_delay(LONGEST_WAIT);
    let found = (|| download(&client, order))
        .retry(waits.with_max_times(TRIES))
        .when(FetchFault::passes)
        .notify(|fault, wait| say(&format!("{fault}; trying again in {:.1} s", wait.as_secs_f32())))
        .await?;
    if found != order.digest {
        let _ = fs::remove_file(order.into.join(ARCHIVE));
        return Err(FetchFault::Digest { found, expected: order.digest.clone() });
    }
    let own = order.clone();
    let unpacked = tokio::task::spawn_blocking(move || put_in_place(&own)).await;
    let unpacked = unpacked.unwrap_or_else(|error| Err(FetchFault::Archive(error.to_string())))?;
    Ok(FetchedFiles::Fetched { files: unpacked.files, bytes: unpacked.bytes })
}

/// People read it as the lab's log.
fn say(text: &str) {
    // When standard error is closed there is nobody to tell.
    let _ = writeln!(io::stderr(), "{text}");
}

fn is_there(order: &FilesOrder) -> bool {
    let mark = fs::read_to_string(order.into.join(MARK));
    mark.is_ok_and(|mark| mark == order.digest) && order.into.join(CONTENT).is_dir()
}

/// The digest of what came.
async fn download(client: &Client, order: &FilesOrder) -> Result<String, FetchFault> {
    let token = token(&order.token_file)?;
    let answer = client.get(&order.from).bearer_auth(token).send().await.map_err(FetchFault::Unreached)?;
    match answer.status() {
        StatusCode::OK => {}
        status if status.is_server_error() => return Err(FetchFault::NotNow(status)),
        status => return Err(FetchFault::Refused(status)),
    }
    let path = order.into.join(ARCHIVE);
    let mut file = File::create(&path).await.map_err(disk(&path))?;
    let (mut digest, mut bytes) = (Sha256::new(), 0_u64);
    let mut pieces = answer.bytes_stream();
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(FetchFault::Unreached)?;
        bytes = bytes.saturating_add(piece.len() as u64);
        if bytes > LARGEST {
            return Err(FetchFault::TooLarge);
        }
        digest.update(&piece);
        file.write_all(&piece).await.map_err(disk(&path))?;
    }
    file.flush().await.map_err(disk(&path))?;
    Ok(hex::encode(digest.finalize()))
}

fn token(path: &Path) -> Result<String, FetchFault> {
    let mut text = String::new();
    let file = fs::File::open(path).map_err(disk(path))?;
    file.take(LONGEST_TOKEN).read_to_string(&mut text).map_err(disk(path))?;
    Ok(text.trim().to_owned())
}

/// The mark goes first and comes last: whatever is cut off in between is fetched again.
fn put_in_place(order: &FilesOrder) -> Result<Unpacked, FetchFault> {
    let at = |name: &str| order.into.join(name);
    let (content, mark, archive, incoming) = (at(CONTENT), at(MARK), at(ARCHIVE), at(INCOMING));
    gone(&mark, fs::remove_file(&mark))?;
    gone(&incoming, fs::remove_dir_all(&incoming))?;
    let unpacked = unpack(&archive, &incoming).map_err(|fault| match fault {
        UnpackFault::Disk(source) => FetchFault::Disk { path: incoming.clone(), source },
        fault => FetchFault::Archive(fault.to_string()),
    })?;
    gone(&archive, fs::remove_file(&archive))?;
    gone(&content, fs::remove_dir_all(&content))?;
    fs::rename(&incoming, &content).map_err(disk(&content))?;
    fs::write(&mark, &order.digest).map_err(disk(&mark))?;
    Ok(unpacked)
}

fn gone(path: &Path, removed: io::Result<()>) -> Result<(), FetchFault> {
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(disk(path)(error)),
        _ => Ok(()),
    }
}
