//! `gateway fetch-files`: runs in a lab's pod, not where people type.

use super::output;
use crate::lab::{FetchedFiles, FilesOrder, fetch_files};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Debug, Args)]
pub(super) struct FetchFiles {
    /// Address of the archive
    #[arg(long)]
    from: String,
    /// SHA-256 of the archive, in hexadecimal digits
    #[arg(long)]
    digest: String,
    /// File with the token that the cluster made for this pod
    #[arg(long)]
    token_file: PathBuf,
    /// Folder that gets the files, below `content`
    #[arg(long)]
    into: PathBuf,
}

pub(super) async fn run(words: FetchFiles) -> anyhow::Result<ExitCode> {
    let FetchFiles { from, digest, token_file, into } = words;
    match fetch_files(&FilesOrder { from, digest, token_file, into }).await? {
        FetchedFiles::ThereAlready => output::line("These files were there already.")?,
        FetchedFiles::Fetched { files, bytes } => {
            output::line(&format!("Fetched {files} files, {} KiB.", bytes.div_ceil(1024)))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
