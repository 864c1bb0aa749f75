//! The command line.

use clap::{Parser, Subcommand};
use feldsher::app::App;
use feldsher::app::config::{Config, LogFormat};
use feldsher::clinic::ROOMS;
use feldsher::clinic::identity::{Clinics, NewStaff, Role, add_staff};
use feldsher::kernel::audit::Sealer;
use feldsher::kernel::clock::Ambient;
use feldsher::kernel::db::{Actor, Db};
use feldsher::kernel::error::{Error, Result};
use feldsher::server::{demo, http, ops, start};
use feldsher_migrations::{Record, Register};
use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Parser)]
#[command(version, about = "An open telemedicine backend", arg_required_else_help = true)]
struct Cli {
    /// The configuration file. Default: feldsher.toml, if there is one.
    #[arg(long, global = true, env = "FELDSHER_CONFIG")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server; it creates what is missing and migrates.
    Serve {
        /// For app teams: peers in memory, /sandbox/messages, /sandbox/clock. Loopback only, on a folder of its own.
        #[arg(long)]
        sandbox: bool,
    },
    /// Walk one patient's life over HTTP in a temporary folder, then stay up to be explored.
    Demo {
        /// Exit after the journey; non-zero if a step failed.
        #[arg(long)]
        once: bool,
        /// Where the demo listens.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
    },
    /// Bring both schemas up to date.
    Migrate,
    /// Print the contract, or hold a file against it.
    Openapi {
        /// Exit non-zero when this file differs from what the code says.
        #[arg(long)]
        check: Option<PathBuf>,
        /// Name what would break in apps that were generated from this older contract; non-zero when anything would.
        #[arg(long, conflicts_with = "check")]
        diff: Option<PathBuf>,
    },
    /// Staff accounts.
    Staff {
        #[command(subcommand)]
        command: StaffCommand,
    },
    /// Keys.
    Keys {
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Copy the stores while the server runs: record and register apart, to two different places.
    Backup {
        /// Data and files, by pseudonym. A new folder.
        #[arg(long)]
        record: Option<PathBuf>,
        /// The register. A new folder, elsewhere; keep it 30 days at most.
        #[arg(long)]
        register: Option<PathBuf>,
        /// The wrapping keys, a third place. Destroy the copy at the next rotation.
        #[arg(long)]
        wrapping: Option<PathBuf>,
        /// Hold a backup against its manifest instead.
        #[arg(long, conflicts_with_all = ["record", "register", "wrapping"])]
        verify: Option<PathBuf>,
    },
    /// Bring a backup back into empty places: register and wrapping keys first, then the record.
    Restore {
        #[arg(long)]
        register: Option<PathBuf>,
        #[arg(long)]
        wrapping: Option<PathBuf>,
        #[arg(long)]
        record: Option<PathBuf>,
    },
    /// Ask the running server whether it is ready; for supervisors.
    Healthcheck,
    /// Say what is wrong, why it matters and what mends it.
    Doctor,
    /// For trials of size: fill empty stores with people and visits. It is a sandbox from then on, for good.
    #[command(hide = true)]
    Generate {
        #[arg(long, default_value_t = 10_000)]
        patients: u64,
        /// In all. Every second patient comes, the others never do.
        #[arg(long, default_value_t = 100_000)]
        bookings: u64,
    },
    /// The trail.
    Audit {
        #[command(subcommand)]
        command: AuditCommand,
    },
    /// Profiles.
    Profile {
        #[command(subcommand)]
        command: ProfileCommand,
    },
}

#[derive(Subcommand)]
enum ProfileCommand {
    /// Name every fault of a profile with its place, and the rules whose law is to be read again; non-zero when a server would
    /// not start with it.
    Check {
        /// A file, or the id of a profile that ships. Default: the configured one.
        profile: Option<String>,
    },
}

#[derive(Subcommand)]
enum StaffCommand {
    /// Make an account; its one-time password is printed once.
    Add {
        /// doctor, reception, callCentre, support, insurer, officer, auditor or administrator
        #[arg(long)]
        role: String,
        #[arg(long)]
        login: String,
        #[arg(long)]
        name: String,
    },
}

#[derive(Subcommand)]
enum KeysCommand {
    /// End the epoch: wrap every living key anew and destroy the old wrapping key.
    Rotate,
}

#[derive(Subcommand)]
enum AuditCommand {
    /// Recompute the chain, and hold it against the checkpoints here and in the second place; name the first bad line, or a
    /// missing tail.
    Verify {
        /// Hold an exported trail against its signature and against the chain instead.
        #[arg(long, conflicts_with = "bundle")]
        export: Option<PathBuf>,
        /// Check a claim bundle instead, as an officer handed it out.
        #[arg(long)]
        bundle: Option<PathBuf>,
        /// The public key that must have signed it, in hexadecimal; then no installation is needed. Default: this installation's,
        /// and the links of the lines are recomputed too.
        #[arg(long, requires = "bundle")]
        public_key: Option<String>,
    },
}

fn main() -> ExitCode {
    http::hush_panics();
    // One TLS implementation for every client in the process.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&Error::internal(format!("the runtime does not start: {error}"))),
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => fail(&error),
    }
}

fn fail(error: &Error) -> ExitCode {
    match error {
        Error::Internal(text) => eprintln!("feldsher: {text}"),
        Error::Unavailable(text) => eprintln!("feldsher: {text}"),
        Error::Refused(refusal) => eprintln!("feldsher: refused ({}) {:?}", refusal.code, refusal.fields),
    }
    ExitCode::FAILURE
}

async fn run(cli: Cli) -> Result<ExitCode> {
    if let Command::Openapi { check, diff } = &cli.command {
        let (report, is_well) = ops::openapi(check.as_deref(), diff.as_deref())?;
        println!("{report}");
        return Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if let Command::Demo { once, listen } = cli.command {
        log(LogFormat::Text, "error");
        return Ok(if demo::run(listen, once).await? { ExitCode::SUCCESS } else { ExitCode::FAILURE });
    }
    if let Command::Profile { command: ProfileCommand::Check { profile: Some(profile) } } = &cli.command {
        return profile_check(profile, &ops::Readings::new());
    }
    if let Command::Audit { command: AuditCommand::Verify { bundle: Some(bundle), public_key: Some(key), .. } } = &cli.command {
        println!("{}", ops::check_bundle(bundle, Some(key), None)?);
        return Ok(ExitCode::SUCCESS);
    }
    let config = load(cli.config)?;
    log(config.log_format, &config.log_level);
    match cli.command {
        Command::Serve { sandbox } => start::serve(config, sandbox).await?,
        Command::Migrate => migrate(&config).await?,
        Command::Staff { command: StaffCommand::Add { role, login, name } } => staff_add(config, &role, login, name).await?,
        Command::Keys { command: KeysCommand::Rotate } => {
            let app = App::open(config, Ambient::system(), ROOMS).await?;
            println!(
                "epoch {} begins; make a new backup of the register, older ones can't be opened any more",
                app.vault.rotate().await?
            );
        }
        Command::Backup { verify: Some(folder), .. } => {
            let verified = ops::verify_backup(&folder).await?;
            println!("{verified}");
            return Ok(if verified.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        Command::Backup { record, register, wrapping, .. } => backup(&config, record, register, wrapping).await?,
        Command::Restore { register, wrapping, record } => restore(&config, register, wrapping, record).await?,
        Command::Healthcheck => ops::healthcheck(&config).await?,
        Command::Doctor => return doctor(&config).await,
        Command::Generate { patients, bookings } => {
            println!("{}", ops::generate(config, Ambient::system(), ops::Size { patients, bookings }).await?);
        }
        Command::Audit { command: AuditCommand::Verify { bundle: Some(bundle), .. } } => {
            let sealer = Sealer::open(&config.keys, &Ambient::system())?;
            println!("{}", ops::check_bundle(&bundle, None, Some(&sealer))?);
        }
        Command::Audit { command: AuditCommand::Verify { export: Some(file), .. } } => return audit_check(config, &file).await,
        Command::Audit { command: AuditCommand::Verify { .. } } => return audit_verify(config).await,
        Command::Profile { .. } => return profile_check(&config.profile, &ops::readings(&config, &Ambient::system()).await),
        Command::Demo { .. } | Command::Openapi { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn profile_check(profile: &str, read: &ops::Readings) -> Result<ExitCode> {
    let (said, is_well) = ops::check_profile(profile, Ambient::system().now().date_naive(), read)?;
    println!("{said}");
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn backup(config: &Config, record: Option<PathBuf>, register: Option<PathBuf>, wrapping: Option<PathBuf>) -> Result<()> {
    let targets: Vec<&Path> = [&record, &register, &wrapping].into_iter().flatten().map(PathBuf::as_path).collect();
    if targets.is_empty() {
        return Err(Error::internal("say what to back up and where to: --record FOLDER, --register FOLDER, --wrapping FOLDER"));
    }
    ops::check_apart(&targets)?;
    let ambient = Ambient::system();
    if let Some(to) = &record {
        println!("{}", ops::backup_record(config, &ambient, to).await?);
    }
    if let Some(to) = &register {
        println!("{}", ops::backup_register(config, &ambient, to).await?);
    }
    if let Some(to) = &wrapping {
        println!("{}", ops::backup_wrapping(config, &ambient, to).await?);
    }
    Ok(())
}

async fn restore(config: &Config, register: Option<PathBuf>, wrapping: Option<PathBuf>, record: Option<PathBuf>) -> Result<()> {
    if register.is_none() && wrapping.is_none() && record.is_none() {
        return Err(Error::internal("say what to restore: --register FOLDER, --wrapping FOLDER, --record FOLDER"));
    }
    let ambient = Ambient::system();
    if let Some(from) = &register {
        println!("{}", ops::restore_register(config, &ambient, from).await?);
    }
    if let Some(from) = &wrapping {
        println!("{}", ops::restore_wrapping(config, from).await?);
    }
    if let Some(from) = &record {
        println!("{}", ops::restore_record(config, &ambient, from).await?);
    }
    Ok(())
}

async fn doctor(config: &Config) -> Result<ExitCode> {
    let findings = ops::doctor(config, &Ambient::system()).await;
    for finding in &findings {
        println!("{finding}\n");
    }
    let severe = findings.iter().filter(|finding| finding.severity == ops::Severity::Severe).count();
    println!("{severe} severe, {} to look at", findings.len() - severe);
    Ok(if severe == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn load(file: Option<PathBuf>) -> Result<Config> {
    let file = file.or_else(|| Path::new("feldsher.toml").exists().then(|| PathBuf::from("feldsher.toml")));
    Config::load(file.as_deref(), std::env::vars().filter(|(name, _)| name != "FELDSHER_CONFIG"))
}

fn log(format: LogFormat, level: &str) {
    // What the libraries say of themselves at each start is no news to an operator, and the answers of a token endpoint,
    // which gcp_auth would quote, are not for a log.
    let filter = tracing_subscriber::EnvFilter::new(format!("{level},sea_orm_migration=warn,poem=warn,gcp_auth=error"));
    let builder =
        tracing_subscriber::fmt().with_env_filter(filter).with_ansi(std::io::stderr().is_terminal()).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
}

async fn migrate(config: &Config) -> Result<()> {
    let (record, register) = App::stores(config, &Ambient::system()).await?;
    record.migrate::<Record>().await?;
    register.migrate::<Register>().await?;
    println!("both schemas are up to date");
    close(record, register).await;
    Ok(())
}

async fn close(record: Db, register: Db) {
    record.close().await;
    register.close().await;
}

async fn staff_add(config: Config, role: &str, login: String, name: String) -> Result<()> {
    let role = Role::parse(role).filter(|role| Role::STAFF.contains(role)).ok_or_else(|| {
        Error::internal("--role is doctor, reception, callCentre, support, insurer, officer, auditor or administrator")
    })?;
    let app = App::open(config, Ambient::system(), ROOMS).await?;
    let new = NewStaff { role, clinics: Clinics::everywhere(), login, name };
    let (id, password) = add_staff(&app, &Actor::house("staff add"), new).await?;
    println!("account   {id}\npassword  {password}   (shown once; to be changed at the first sign-in, within three days)");
    Ok(())
}

async fn audit_verify(config: Config) -> Result<ExitCode> {
    let app = App::open(config, Ambient::system(), ROOMS).await?;
    let (verified, copies) = ops::verify_trail(&app).await?;
    if let Some(copies) = copies {
        println!("{copies} checkpoints in the second place");
    }
    match verified.finding {
        None => {
            println!(
                "{} lines, every link holds; what was written in the last quarter of a second is not chained yet",
                verified.lines
            );
            Ok(ExitCode::SUCCESS)
        }
        Some(finding) => {
            println!("{} lines hold, then: {finding}", verified.lines);
            Ok(ExitCode::FAILURE)
        }
    }
}

async fn audit_check(config: Config, file: &Path) -> Result<ExitCode> {
    let app = App::open(config, Ambient::system(), ROOMS).await?;
    match ops::check_trail_export(&app, file).await? {
        Ok(lines) => {
            println!("{lines} lines, signed by this installation, and each is what the chain holds");
            Ok(ExitCode::SUCCESS)
        }
        Err(unsound) => {
            println!("{}: {unsound}", file.display());
            Ok(ExitCode::FAILURE)
        }
    }
}
