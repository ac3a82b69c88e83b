use std::{
    os::unix::fs::{PermissionsExt as _, symlink},
    time::{Duration, SystemTime},
};

use super::{scan::MAX_TAKEN, *};

const NOW: SystemTime = SystemTime::UNIX_EPOCH;

/// A folder of one test, removed at its end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        Self(std::env::temp_dir().join(format!("jit-tools-journal-{}", unique_name())))
    }

    async fn journal(&self) -> FileJournal {
        FileJournal::open(&self.0).await.unwrap()
    }

    fn files(&self) -> Vec<PathBuf> {
        fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn owner(client_id: &str) -> TaskOwner {
    TaskOwner {
        authority: "https://auth.acme.com".to_owned(),
        tenant: "acme".to_owned(),
        client_id: client_id.to_owned(),
    }
}

fn intent(client_id: &str) -> TaskIntent {
    let created_at = SystemTime::UNIX_EPOCH + Duration::from_secs(5);
    TaskIntent { owner: owner(client_id), name: "report".to_owned(), parent: None, created_at, process: 7 }
}

fn task(id: &str) -> OpenedTask {
    OpenedTask { id: TaskId::try_from(id.to_owned()).unwrap(), expires_at: None }
}

#[tokio::test]
async fn an_entry_is_held_until_it_is_dropped_and_then_taken_once() {
    let folder = Folder::new();
    let journal = folder.journal().await;
    let entry = journal.begin(&intent("a")).await.unwrap();
    entry.opened(&task("task_1")).await.unwrap();

    // A second journal on the folder is as another process: a lock belongs to the opened file.
    let other = folder.journal().await;
    let held = other.abandoned(&owner("a"), NOW).await.unwrap();
    assert_eq!((held.tasks.len(), held.in_use), (0, 1));

    drop(entry);
    let mut taken = other.abandoned(&owner("a"), NOW).await.unwrap();
    let again = journal.abandoned(&owner("a"), NOW).await.unwrap();
    assert_eq!((taken.tasks.len(), again.tasks.len(), again.in_use), (1, 0, 1));
    let abandoned = taken.tasks.pop().unwrap();
    assert_eq!((&abandoned.intent, &abandoned.opened), (&intent("a"), &Some(task("task_1"))));

    abandoned.entry.closed().await.unwrap();
    assert!(folder.files().is_empty());
}

#[tokio::test]
async fn an_entry_of_another_owner_is_left_alone() {
    let folder = Folder::new();
    let journal = folder.journal().await;
    let _held = journal.begin(&intent("b")).await.unwrap();
    drop(journal.begin(&intent("b")).await.unwrap());
    let found = journal.abandoned(&owner("a"), NOW).await.unwrap();
    assert_eq!((found.tasks.len(), found.in_use, found.unreadable.len()), (0, 0, 0));
    assert_eq!(folder.files().len(), 2);
}

#[tokio::test]
async fn only_its_user_can_read_it() {
    let folder = Folder::new();
    let journal = folder.journal().await;
    let _entry = journal.begin(&intent("a")).await.unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder.0), mode(&folder.files()[0])), (0o700, 0o600));
}

#[tokio::test]
async fn a_folder_that_others_may_write_into_and_a_link_are_refused() {
    let folder = Folder::new();
    folder.journal().await;
    let link = folder.0.join("link");
    symlink(&folder.0, &link).unwrap();
    let error = FileJournal::open(&link).await.unwrap_err();
    assert!(error.to_string().ends_with("it is a symbolic link, or no folder"), "{error}");

    for mode in [0o777, 0o770, 0o702, 0o1777] {
        fs::set_permissions(&folder.0, fs::Permissions::from_mode(mode)).unwrap();
        let error = FileJournal::open(&folder.0).await.unwrap_err();
        assert!(error.to_string().contains("others may write into the folder"), "{mode:o} {error}");
    }
}

#[tokio::test]
async fn an_entry_that_others_may_write_is_reported_and_not_believed() {
    let folder = Folder::new();
    let journal = folder.journal().await;
    journal.begin(&intent("a")).await.unwrap().opened(&task("task_1")).await.unwrap();
    let [file] = &folder.files()[..] else { panic!("one file") };
    fs::set_permissions(file, fs::Permissions::from_mode(0o620)).unwrap();
    let found = journal.abandoned(&owner("a"), NOW).await.unwrap();
    assert_eq!((found.tasks.len(), found.unreadable), (0, vec![file.display().to_string()]));
    assert!(matches!(journal.take(&owner("a"), &task("task_1").id).await.unwrap(), Taken::Absent));
}

#[tokio::test]
async fn a_torn_last_line_counts_as_not_written() {
    let folder = Folder::new();
    let journal = folder.journal().await;
    let entry = journal.begin(&intent("a")).await.unwrap();
    entry.opened(&task("task_1")).await.unwrap();
    drop(entry);
    let path = folder.files().pop().unwrap();
    let length = fs::metadata(&path).unwrap().len();
    OpenOptions::new().write(true).open(&path).unwrap().set_len(length - 3).unwrap();
    let found = journal.abandoned(&owner("a"), NOW).await.unwrap();
    assert!(found.tasks[0].opened.is_none() && found.unreadable.is_empty());
}

#[tokio::test]
async fn what_cannot_be_read_is_reported_and_kept_and_costs_no_other_entry() {
    let folder = Folder::new();
    let journal = folder.journal().await;
    for id in ["task_1", "task_2"] {
        journal.begin(&intent("a")).await.unwrap().opened(&task(id)).await.unwrap();
    }
    let damaged = folder.files().pop().unwrap();
    let mut bytes = fs::read(&damaged).unwrap();
    bytes[20] ^= 1;
    fs::write(&damaged, bytes).unwrap();
    symlink("/etc/hostname", folder.0.join("link.task")).unwrap();
    fs::create_dir(folder.0.join("folder.task")).unwrap();
    fs::write(folder.0.join("notes.txt"), "somebody's").unwrap();

    let found = journal.abandoned(&owner("a"), NOW).await.unwrap();
    assert_eq!((found.tasks.len(), found.unreadable.len()), (1, 3), "{found:?}");
    assert!(found.unreadable.contains(&damaged.display().to_string()));
    assert_eq!(folder.files().len(), 5);
}

#[tokio::test]
async fn a_draft_of_a_dead_process_is_removed_and_one_in_the_making_is_not() {
    let folder = Folder::new();
    let journal = folder.journal().await;
    fs::write(folder.0.join("dead.draft"), "{\"v\":1").unwrap();
    let living = File::create(folder.0.join("living.draft")).unwrap();
    living.lock().unwrap();
    journal.abandoned(&owner("a"), NOW).await.unwrap();
    assert_eq!(folder.files(), [folder.0.join("living.draft")]);
}

#[tokio::test]
async fn one_sweep_takes_a_bounded_number_of_entries_and_says_that_there_are_more() {
    let folder = Folder::new();
    let journal = folder.journal().await;
    let line = encode(&Record::Intent(intent("a"))).unwrap();
    for number in 0..=MAX_TAKEN {
        fs::write(folder.0.join(format!("{number}.task")), &line).unwrap();
    }
    let found = journal.abandoned(&owner("a"), NOW).await.unwrap();
    assert_eq!((found.tasks.len(), found.more), (MAX_TAKEN, true));
    for task in found.tasks {
        task.entry.closed().await.unwrap();
    }
    let found = journal.abandoned(&owner("a"), NOW).await.unwrap();
    assert_eq!((found.tasks.len(), found.more), (1, false));
}

#[tokio::test]
async fn sweeps_and_beginnings_at_the_same_time_lose_nothing() {
    let folder = Folder::new();
    let journal = folder.journal().await;
    let begin = async {
        let mut entries = Vec::new();
        for _ in 0..50 {
            entries.push(journal.begin(&intent("a")).await.unwrap());
        }
        entries
    };
    let sweep = async {
        for _ in 0..50 {
            assert!(journal.abandoned(&owner("a"), NOW).await.unwrap().tasks.is_empty());
        }
    };
    let (entries, ()) = tokio::join!(begin, sweep);
    assert_eq!(journal.abandoned(&owner("a"), NOW).await.unwrap().in_use, 50);
    drop(entries);
    assert_eq!(journal.abandoned(&owner("a"), NOW).await.unwrap().tasks.len(), 50);
}

#[tokio::test]
async fn what_is_kept_is_named_and_held_by_nobody_and_costs_a_crashed_task_no_sweep() {
    let folder = Folder::new();
    let journal = folder.journal().await;
    let until = NOW + Duration::from_secs(60);
    let line = |record| encode(&record).unwrap();
    let kept = |id: &str| {
        let lines = [Record::Intent(intent("a")), Record::Opened(task(id)), Record::Kept(Kept { until })];
        lines.map(line).concat()
    };
    for number in 0..MAX_TAKEN {
        fs::write(folder.0.join(format!("{number}.task")), kept(&format!("task_{number}"))).unwrap();
    }
    let crashed = journal.begin(&intent("a")).await.unwrap();
    crashed.opened(&task("crashed")).await.unwrap();
    drop(crashed);

    let found = journal.abandoned(&owner("a"), NOW).await.unwrap();
    let ids: Vec<_> = found.tasks.iter().map(|task| task.opened.as_ref().unwrap().id.as_str()).collect();
    assert_eq!((ids, found.suspended.len(), found.more), (vec!["crashed"], MAX_TAKEN, false));
    // While the sweep goes on, each can be taken by one.
    let Taken::Free(taken) = journal.take(&owner("a"), &task("task_7").id).await.unwrap() else { panic!("in use") };
    assert_eq!((taken.len(), taken[0].kept_until), (1, Some(until)));
    assert!(matches!(journal.take(&owner("a"), &task("task_7").id).await.unwrap(), Taken::InUse));
    // Afterwards they are as any other.
    drop((taken, found));
    let found = journal.abandoned(&owner("a"), until).await.unwrap();
    assert_eq!((found.tasks.len(), found.suspended.len(), found.more), (MAX_TAKEN, 0, true));
}

#[tokio::test]
async fn a_task_is_taken_with_all_of_its_entries_or_not_at_all() {
    let folder = Folder::new();
    let journal = folder.journal().await;
    let id = task("task_1").id;
    assert!(matches!(journal.take(&owner("a"), &id).await.unwrap(), Taken::Absent));
    let mut entries = Vec::new();
    for (client, of) in [("a", "task_1"), ("a", "task_1"), ("a", "task_2"), ("b", "task_1")] {
        let entry = journal.begin(&intent(client)).await.unwrap();
        entry.opened(&task(of)).await.unwrap();
        entries.push(entry);
    }
    let held = entries.swap_remove(1);
    drop(entries);
    assert!(matches!(journal.take(&owner("a"), &id).await.unwrap(), Taken::InUse));
    assert_eq!(journal.abandoned(&owner("b"), NOW).await.unwrap().tasks.len(), 1);
    drop(held);
    let Taken::Free(taken) = journal.take(&owner("a"), &id).await.unwrap() else { panic!("in use") };
    assert_eq!(taken.len(), 2);
    assert!(taken.iter().all(|entry| entry.intent == intent("a") && entry.opened == Some(task("task_1"))));
}

#[test]
fn each_folder_that_has_to_be_made_is_known() {
    let folder = Folder::new();
    let deep = folder.0.join("a/b");
    assert_eq!(missing(&deep).unwrap(), [&*deep, &folder.0.join("a"), &folder.0]);
    open_folder(&deep).unwrap();
    assert!(missing(&deep).unwrap().is_empty());
    assert_eq!(missing(Path::new("not-there/either")).unwrap().len(), 2);
}
