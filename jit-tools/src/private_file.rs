//! Files and folders that belong to the user of this process alone.
//!
//! Owners, modes and links are Unix's; elsewhere a file is what the system makes of it.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::Path,
};

/// Opens a file, and follows no symbolic link at the end of its path. One that is made is for its owner alone.
///
/// # Errors
/// When it is a link, has another name by a hard link, or is another user's. A pipe is held to the same; a device, such as
/// `/dev/null`, is taken as it is.
pub(crate) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = system::open(options, path)?;
    system::check_owner(&file.metadata()?)?;
    Ok(file)
}

/// The same, of a regular file only.
///
/// # Errors
/// Also when it is no regular file, or others may write into it.
pub(crate) fn open_regular(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = open(options, path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    system::check_mode(&metadata, "others may write into it: make it yours alone (chmod 600)")?;
    Ok(file)
}

/// Takes a file away from everybody but its owner, and returns true if others could read or write it before. A device
/// stays as it is.
#[cfg(any(test, feature = "local-authority"))]
pub(crate) fn make_private(file: &File) -> io::Result<bool> {
    system::make_private(file)
}

/// Checks that nobody else puts files into a folder, or takes them away.
///
/// # Errors
/// When it is a symbolic link, no folder, of another user than this one or root, or when others may write into it. The
/// mark that protects files in `/tmp` (the sticky bit) is not enough: others could put a file there first. It is enough
/// for the folders above, in which others could rename this one, and put an empty one in its place.
pub(crate) fn check_folder(folder: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(folder)?;
    if !metadata.is_dir() {
        return Err(io::Error::other("it is a symbolic link, or no folder"));
    }
    system::check_folder_owner(&metadata)?;
    system::check_mode(
        &metadata,
        "others may write into the folder: choose one that is yours alone, or make it so (chmod 700)",
    )?;
    for above in fs::canonicalize(folder)?.ancestors().skip(1) {
        system::check_folder_above(&fs::metadata(above)?)
            .map_err(|error| io::Error::other(format!("in {above}: {error}", above = above.display())))?;
    }
    Ok(())
}

#[cfg(unix)]
mod system {
    use std::{
        fs::{File, Metadata, OpenOptions},
        io,
        os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _},
        path::Path,
    };

    use rustix::{fs::OFlags, io::Errno, process::geteuid};

    pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
        let is_link = |error: &io::Error| error.raw_os_error() == Some(Errno::LOOP.raw_os_error());
        options.mode(0o600).custom_flags(OFlags::NOFOLLOW.bits().cast_signed()).open(path).map_err(|error| {
            if is_link(&error) { io::Error::other("it is a symbolic link: name the file itself") } else { error }
        })
    }

    pub(super) fn check_owner(metadata: &Metadata) -> io::Result<()> {
        if is_device(metadata) {
            return Ok(());
        }
        let (owner, own) = (metadata.uid(), geteuid().as_raw());
        if owner != own {
            return Err(foreign(owner, own));
        }
        // Where the system lets others make them, another user may have given a file of this one's a second name.
        if metadata.nlink() > 1 {
            return Err(io::Error::other("it has another name as well (a hard link): name a file of its own"));
        }
        Ok(())
    }

    fn is_device(metadata: &Metadata) -> bool {
        let kind = metadata.file_type();
        kind.is_char_device() || kind.is_block_device()
    }

    /// A folder may be root's, who could do anything in any other as well.
    pub(super) fn check_folder_owner(metadata: &Metadata) -> io::Result<()> {
        let (owner, own) = (metadata.uid(), geteuid().as_raw());
        if owner == own || owner == 0 { Ok(()) } else { Err(foreign(owner, own)) }
    }

    /// In a folder with the sticky bit, only the owner of an entry renames it.
    pub(super) fn check_folder_above(metadata: &Metadata) -> io::Result<()> {
        check_folder_owner(metadata)?;
        if metadata.mode() & 0o1000 != 0 {
            return Ok(());
        }
        check_mode(metadata, "others may rename the folders that are in it (chmod go-w, or chmod +t)")
    }

    fn foreign(owner: u32, own: u32) -> io::Error {
        let sentence =
            format!("it belongs to the user {owner}, and this process is the user {own}'s (chown, or another)");
        io::Error::other(sentence)
    }

    pub(super) fn check_mode(metadata: &Metadata, fault: &'static str) -> io::Result<()> {
        if metadata.mode() & 0o022 == 0 { Ok(()) } else { Err(io::Error::other(fault)) }
    }

    #[cfg(any(test, feature = "local-authority"))]
    pub(super) fn make_private(file: &File) -> io::Result<bool> {
        let metadata = file.metadata()?;
        let is_open_to_others = !is_device(&metadata) && metadata.mode() & 0o077 != 0;
        if is_open_to_others {
            file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        }
        Ok(is_open_to_others)
    }
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "it can fail elsewhere")]
mod system {
    use std::{
        fs::{File, Metadata, OpenOptions},
        io,
        path::Path,
    };

    pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
        if std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink()) {
            return Err(io::Error::other("it is a symbolic link: name the file itself"));
        }
        options.open(path)
    }

    pub(super) fn check_owner(_: &Metadata) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn check_folder_owner(_: &Metadata) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn check_folder_above(_: &Metadata) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn check_mode(_: &Metadata, _: &'static str) -> io::Result<()> {
        Ok(())
    }

    #[cfg(any(test, feature = "local-authority"))]
    pub(super) fn make_private(_: &File) -> io::Result<bool> {
        Ok(false)
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use std::{
        os::unix::fs::{DirBuilderExt as _, PermissionsExt as _, chown, symlink},
        path::PathBuf,
    };

    use super::*;

    /// A folder of one test, removed at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("jit-tools-private-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&folder);
            fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();
            Self(folder)
        }

        fn file(&self, name: &str, mode: u32) -> PathBuf {
            let path = self.0.join(name);
            fs::write(&path, "text").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            path
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn sentence(result: io::Result<File>) -> String {
        result.map_or_else(|error| error.to_string(), |_| "opened".to_owned())
    }

    #[test]
    fn a_new_file_is_for_its_owner_alone_and_an_old_one_becomes_so() {
        let folder = Folder::new("modes");
        let new = folder.0.join("new");
        open(OpenOptions::new().append(true).create(true), &new).unwrap();
        assert_eq!(mode(&new), 0o600);
        let old = folder.file("old", 0o644);
        let file = open(OpenOptions::new().append(true).create(true), &old).unwrap();
        assert!(make_private(&file).unwrap());
        assert_eq!((mode(&old), make_private(&file).unwrap()), (0o600, false));
    }

    #[test]
    fn no_link_is_followed_and_no_file_that_others_write_is_taken() {
        let folder = Folder::new("links");
        let target = folder.file("target", 0o600);
        let link = folder.0.join("link");
        symlink(&target, &link).unwrap();
        let append = || OpenOptions::new().append(true).create(true).clone();
        assert!(sentence(open(&mut append(), &link)).contains("symbolic link"));
        assert!(sentence(open_regular(&mut append(), &link)).contains("symbolic link"));
        symlink(folder.0.join("nothing"), folder.0.join("dangling")).unwrap();
        assert!(sentence(open(&mut append(), &folder.0.join("dangling"))).contains("symbolic link"));
        assert!(!folder.0.join("nothing").exists());
        assert_eq!(sentence(open_regular(&mut append(), &target)), "opened");
        for mode in [0o620, 0o602] {
            let shared = folder.file("shared", mode);
            assert!(sentence(open_regular(&mut append(), &shared)).contains("chmod 600"), "{mode:o}");
        }
        assert_eq!(sentence(open_regular(OpenOptions::new().read(true), Path::new("/dev/null"))), "it is no file");
        assert_eq!(sentence(open(OpenOptions::new().append(true), Path::new("/dev/null"))), "opened");
    }

    #[test]
    fn a_folder_that_others_may_write_into_is_none() {
        let folder = Folder::new("folders");
        assert!(check_folder(&folder.0).is_ok());
        // The sticky bit keeps others from taking a file away, and not from putting one there first.
        for mode in [0o770, 0o720, 0o702, 0o1777] {
            fs::set_permissions(&folder.0, fs::Permissions::from_mode(mode)).unwrap();
            let error = check_folder(&folder.0).unwrap_err().to_string();
            assert!(error.contains("chmod 700"), "{mode:o} {error}");
        }
        for mode in [0o755, 0o700, 0o750] {
            fs::set_permissions(&folder.0, fs::Permissions::from_mode(mode)).unwrap();
            assert!(check_folder(&folder.0).is_ok(), "{mode:o}");
        }
    }

    #[test]
    fn a_folder_that_others_could_rename_is_none() {
        let above = Folder::new("above");
        let folder = above.0.join("journal");
        fs::DirBuilder::new().mode(0o700).create(&folder).unwrap();
        for (mode, is_taken) in [(0o700, true), (0o755, true), (0o1777, true), (0o777, false), (0o770, false)] {
            fs::set_permissions(&above.0, fs::Permissions::from_mode(mode)).unwrap();
            assert_eq!(check_folder(&folder).is_ok(), is_taken, "{mode:o}");
        }
        fs::set_permissions(&above.0, fs::Permissions::from_mode(0o755)).unwrap();
        if chown(&above.0, Some(65_534), None).is_ok() {
            assert!(check_folder(&folder).unwrap_err().to_string().contains("belongs to the user 65534"));
        }
    }

    #[test]
    fn a_file_with_two_names_is_refused() {
        let folder = Folder::new("names");
        let file = folder.file("file", 0o600);
        fs::hard_link(&file, folder.0.join("other")).unwrap();
        assert!(sentence(open(OpenOptions::new().append(true), &folder.0.join("other"))).contains("hard link"));
    }

    #[test]
    fn a_pipe_is_held_to_the_same_as_a_file() {
        use rustix::fs::{CWD, FileType, Mode, mknodat};
        let folder = Folder::new("pipes");
        let pipe = folder.0.join("pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::from_raw_mode(0o600), 0).unwrap();
        fs::set_permissions(&pipe, fs::Permissions::from_mode(0o666)).unwrap();
        // A pipe that is opened for both waits for nobody.
        let both = || OpenOptions::new().read(true).write(true).clone();
        assert!(make_private(&open(&mut both(), &pipe).unwrap()).unwrap());
        assert_eq!(mode(&pipe), 0o600);
        if chown(&pipe, Some(65_534), None).is_ok() {
            assert!(sentence(open(&mut both(), &pipe)).contains("belongs to the user 65534"));
        }
    }

    #[test]
    fn what_belongs_to_another_user_is_refused() {
        let folder = Folder::new("owners");
        let file = folder.file("file", 0o600);
        let read = || OpenOptions::new().read(true).clone();
        // Root may give a file away; for everybody else there is one of root's.
        if chown(&file, Some(65_534), None).is_err() {
            assert!(sentence(open(&mut read(), Path::new("/etc/passwd"))).contains("belongs to the user 0"));
            return;
        }
        assert!(sentence(open(&mut read(), &file)).contains("belongs to the user 65534"));
        chown(&folder.0, Some(65_534), None).unwrap();
        assert!(check_folder(&folder.0).unwrap_err().to_string().contains("belongs to the user 65534"));
    }
}
