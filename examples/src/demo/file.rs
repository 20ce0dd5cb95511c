//! The same readings in a file, and the same program over it in batch mode, which must come to the same windows.

use std::fs;
use std::path::Path;
use std::time::Duration;

use examples::say;
use millstream::connect::read::FileSourceSpec;
use millstream::connect::write::{Encoding, FileSpec, ParquetStyle, Target};
use millstream::prelude::*;
use millstream::record::schema_of;

use crate::Arguments;
use crate::live::{Reading, Windowed, readings, windows};

/// Writes the file, reads it, and holds its windows against those of the stream.
pub(crate) fn run(arguments: &Arguments, live: &Windowed) -> Result<(), ExecuteError> {
    let path = std::env::temp_dir().join(format!("millstream-demo-{}.parquet", std::process::id()));
    let done = write(arguments, &path).and_then(|()| again(arguments, &path, live));
    // It may not even be there, when it could not be written.
    #[expect(clippy::disallowed_methods, reason = "a program that tidies up behind its jobs, when none runs")]
    let _ = fs::remove_file(&path);
    done
}

fn write(arguments: &Arguments, path: &Path) -> Result<(), ExecuteError> {
    let env = arguments.job.environment()?;
    env.mode(RuntimeMode::Batch);
    let encoding = Encoding::Parquet(ParquetStyle::default());
    let spec = FileSpec::new(Target::File(path.to_owned()), encoding, schema_of::<Reading>());
    let _ = readings(&env, arguments, false).write_files(spec).parallelism(1);
    env.execute("readings to a file")?;
    Ok(())
}

fn again(arguments: &Arguments, path: &Path, live: &Windowed) -> Result<(), ExecuteError> {
    let bytes = fs::metadata(path).map_or(0, |file| file.len());
    say(&format!(
        "\n2  A file: the same {} readings are in {} ({:.1} MB), and the same program runs over it in batch mode.",
        arguments.readings(),
        path.display(),
        bytes as f64 / 1e6
    ));
    let env = arguments.job.environment()?;
    env.mode(RuntimeMode::Batch);
    let stored = env.read_files::<Reading>(FileSourceSpec::parquet([path], &schema_of::<Reading>()));
    let mut batch = windows(&stored).execute_and_collect("the same over a file")?;
    let (mut windowed, mut elapsed) = (Windowed::new(), Duration::ZERO);
    while let Some(line) = batch.next() {
        let line = line?;
        windowed.insert((line.5.0, line.0), (line.1, line.2));
        elapsed = batch.job().map_or(elapsed, |job| job.elapsed());
    }
    let rate = arguments.readings() as f64 / elapsed.as_secs_f64() / 1e6;
    say(&format!("   It took {elapsed:.2?}: {rate:.1} million readings a second."));
    let same = live.len() == windowed.len()
        && live.iter().all(|(window, (count, mean))| {
            windowed.get(window).is_some_and(|(others, other)| others == count && (other - mean).abs() < 1e-9)
        });
    assert!(same, "the two modes have come to different windows: that is a bug");
    say(&format!("   Both have come to the same {} windows.", live.len()));
    Ok(())
}
