//! Printing to standard output; a reader that went away ends the command quietly. Agents choose much of what is printed:
//! characters that steer a terminal or turn text around are written out.

use gateway_domain::visible;
use serde::Serialize;
use std::io::{self, Write};

/// Whoever read our output has what it wanted.
#[derive(Debug, thiserror::Error)]
#[error("the output was closed")]
struct ReaderLeft;

/// Only of our own output: a connection that broke is another matter.
pub(super) fn reader_left(error: &anyhow::Error) -> bool {
    let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    inner.is_some_and(|inner| inner.is::<ReaderLeft>())
}

fn written(result: io::Result<()>) -> io::Result<()> {
    result.map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => io::Error::new(io::ErrorKind::BrokenPipe, ReaderLeft),
        _ => error,
    })
}

pub(super) fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    written(writeln!(out, "{}", visible(text)))
}

/// Beside the output, for the person at the terminal: what reads the output doesn't get it.
pub(super) fn aside(text: &str) -> anyhow::Result<()> {
    writeln!(io::stderr().lock(), "{}", visible(text))?;
    Ok(())
}

/// Text without a line end, shown at once.
pub(super) fn piece(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    written(write!(out, "{}", visible(text)).and_then(|()| out.flush()))
}

pub(super) fn json(value: &(impl Serialize + ?Sized)) -> io::Result<()> {
    line(&serde_json::to_string(value).map_err(io::Error::other)?)
}

/// A list under its heading, as JSON if that is wanted. One without entries says so in words.
pub(super) fn list<T: Serialize>(
    as_json: bool,
    entries: &[T],
    heading: &[&str],
    row: impl Fn(&T) -> Vec<String>,
    nothing: &str,
) -> io::Result<()> {
    if as_json {
        return json(entries);
    }
    if entries.is_empty() {
        return line(nothing);
    }
    let mut rows = vec![heading.iter().map(|&word| word.to_owned()).collect()];
    rows.extend(entries.iter().map(row));
    table(&rows)
}

/// Rows in columns as wide as their widest cell.
pub(super) fn table(rows: &[Vec<String>]) -> io::Result<()> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    for row in rows {
        let cells: Vec<_> = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        line(cells.join("  ").trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_reader_of_ours_that_left_is_no_error() {
        // B37: `gateway sessions list | head` ended with "Broken pipe (os error 32)".
        let broken = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert!(reader_left(&written(Err(broken())).unwrap_err().into()));
        assert!(!reader_left(&broken().into()), "a broken connection is told");
        assert!(!reader_left(&anyhow::anyhow!("something else")));
    }
}
