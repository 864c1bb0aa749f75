//! The scanner of `tests/run`, and what it finds.

/// The test file of the EICAR institute, in two halves so that no scanner finds it in this repository.
pub fn eicar() -> String {
    [r"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-", "ANTIVIRUS-TEST-FILE!$H+H*"].concat()
}

pub fn clamd() -> Option<String> {
    let address = std::env::var("FELDSHER_TEST_CLAMD").ok();
    if address.is_none() {
        println!("SKIPPED clamd: FELDSHER_TEST_CLAMD is not set (tests/run sets it)");
    }
    address
}
