//! Looking through the folder, and holding what nobody holds.

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Read as _, Seek as _},
    path::Path,
    sync::Arc,
    time::SystemTime,
};

use super::{
    super::{
        Abandoned, AbandonedTask, Taken, TaskOwner, is_kept,
        record::{MAX_BYTES, Parsed, parse},
    },
    DRAFT, ENTRY, FileEntry, Locked, MAX_TRIES, open_entry, remove, try_lock,
};
use crate::authority::TaskId;

/// How many files of a folder are looked at.
const MAX_FILES: usize = 4096;
/// How many entries are taken at once: each is an open file.
pub(super) const MAX_TAKEN: usize = 256;

/// Holds the entries of an owner that nobody holds, and names those that are kept.
pub(super) fn take_abandoned(folder: &Path, owner: &TaskOwner, now: SystemTime) -> io::Result<Abandoned> {
    let mut found = Abandoned::default();
    for (index, entry) in fs::read_dir(folder)?.enumerate() {
        let path = entry?.path();
        if index == MAX_FILES || found.tasks.len() == MAX_TAKEN {
            found.more = true;
            break;
        }
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(DRAFT) => remove_leftover(&path)?,
            Some(ENTRY) => match look_at(&path, owner, now) {
                Ok(Finding::NotOurs | Finding::Gone) => {}
                Ok(Finding::InUse) => found.in_use += 1,
                Ok(Finding::Suspended(task)) => found.suspended.push(task),
                Ok(Finding::Abandoned(task)) => found.tasks.push(*task),
                Ok(Finding::Unreadable) | Err(_) => found.unreadable.push(path.display().to_string()),
            },
            _ => {}
        }
    }
    Ok(found)
}

/// Holds all entries of one task, or none.
pub(super) fn take_task(folder: &Path, owner: &TaskOwner, task: &TaskId) -> io::Result<Taken> {
    for _ in 0..MAX_TRIES {
        let (mut found, mut has_one_gone) = (Vec::new(), false);
        for (index, entry) in fs::read_dir(folder)?.enumerate() {
            if index == MAX_FILES {
                // One that is not seen here would be taken for none.
                return Err(io::Error::other(format!("it has more than {MAX_FILES} files; sweep first")));
            }
            let path = entry?.path();
            if path.extension().is_none_or(|extension| extension != ENTRY) {
                continue;
            }
            // What cannot be read is for a sweep to report.
            match peek(&path, owner) {
                Ok(Peeked::Ours(file, Parsed { opened: Some(opened), .. })) if opened.id == *task => {
                    match hold(&path, file) {
                        Ok(Finding::Abandoned(task)) => found.push(*task),
                        Ok(Finding::InUse) => return Ok(Taken::InUse),
                        Ok(Finding::Gone) => has_one_gone = true,
                        Ok(_) => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(Peeked::Gone) => has_one_gone = true,
                Ok(_) | Err(_) => {}
            }
        }
        if !found.is_empty() {
            return Ok(Taken::Free(found));
        }
        if !has_one_gone {
            return Ok(Taken::Absent);
        }
        // It may have been the task's, and have gone for a new one that was not there when the folder was read.
    }
    Ok(Taken::InUse)
}

enum Finding {
    NotOurs,
    Gone,
    InUse,
    Suspended(TaskId),
    Abandoned(Box<AbandonedTask>),
    Unreadable,
}

/// Holds what a file says, unless that is kept.
fn look_at(path: &Path, owner: &TaskOwner, now: SystemTime) -> io::Result<Finding> {
    let file = match peek(path, owner)? {
        Peeked::NotOurs => return Ok(Finding::NotOurs),
        Peeked::Gone => return Ok(Finding::Gone),
        Peeked::Ours(_, Parsed { opened: Some(opened), kept_until, .. }) if is_kept(kept_until, now) => {
            return Ok(Finding::Suspended(opened.id));
        }
        Peeked::Ours(file, _) => file,
    };
    Ok(match hold(path, file)? {
        // It was suspended just now.
        Finding::Abandoned(task) if is_kept(task.kept_until, now) => {
            task.opened.map_or(Finding::Unreadable, |opened| Finding::Suspended(opened.id))
        }
        finding => finding,
    })
}

#[expect(clippy::large_enum_variant, reason = "one a file, and taken apart at once")]
enum Peeked {
    /// Another owner's.
    NotOurs,
    Gone,
    Ours(File, Parsed),
}

/// Looks at a file without locking it, so that nobody finds another owner's entry, or one that is kept, locked by a sweep.
fn peek(path: &Path, owner: &TaskOwner) -> io::Result<Peeked> {
    let file = match open_entry(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Peeked::Gone),
        outcome => outcome?,
    };
    let parsed = read(&file)?;
    let is_ours = parsed.intent.as_ref().is_none_or(|intent| intent.owner == *owner);
    Ok(if is_ours { Peeked::Ours(file, parsed) } else { Peeked::NotOurs })
}

/// Locks a file, and reads it again.
fn hold(path: &Path, file: File) -> io::Result<Finding> {
    if !try_lock(&file)? {
        return Ok(Finding::InUse);
    }
    // Whoever held it until now may have written more, or removed it.
    if !fs::exists(path)? {
        return Ok(Finding::Gone);
    }
    let Parsed { intent, opened, kept_until, is_damaged } = read(&file)?;
    Ok(match intent {
        Some(intent) if opened.is_some() || !is_damaged => {
            let entry = Box::new(FileEntry { path: path.to_owned(), file: Arc::new(Locked(file)) });
            Finding::Abandoned(Box::new(AbandonedTask { intent, opened, kept_until, entry }))
        }
        _ => Finding::Unreadable,
    })
}

fn read(file: &File) -> io::Result<Parsed> {
    let mut file = file;
    file.rewind()?;
    let mut bytes = Vec::new();
    file.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes)?;
    Ok(parse(&bytes))
}

/// Removes the draft of a process that died before it asked for a task.
fn remove_leftover(path: &Path) -> io::Result<()> {
    match open_entry(path) {
        Ok(file) if try_lock(&file)? => remove(path),
        // In the making, or gone already, or not ours to remove.
        _ => Ok(()),
    }
}
