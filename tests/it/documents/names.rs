//! Names of files: what is taken, and how they are given back.

use super::*;
use crate::support::stores::engines;
use feldsher::app::wire::attachment;

#[test]
fn names_are_given_back_without_folders_and_tricks() {
    let cases = [
        ("scan.pdf", r#"attachment; filename="scan.pdf""#),
        ("my scan (1).pdf", r#"attachment; filename="my scan (1).pdf""#),
        ("../../x", r#"attachment; filename="x""#),
        (r"C:\Windows\x.pdf", r#"attachment; filename="x.pdf""#),
        (r#"a"b.pdf"#, r#"attachment; filename="a_b.pdf"; filename*=UTF-8''a%22b.pdf"#),
        ("100%41.pdf", "attachment; filename=\"100_41.pdf\"; filename*=UTF-8''100%2541.pdf"),
        ("a;b='c'.pdf", "attachment; filename=\"a;b='c'.pdf\""),
        ("ы.pdf", "attachment; filename=\"_.pdf\"; filename*=UTF-8''%D1%8B.pdf"),
        ("invoice\u{202e}fdp.exe", r#"attachment; filename="invoicefdp.exe""#),
        ("a\r\nX-Evil: 1.pdf", r#"attachment; filename="aX-Evil: 1.pdf""#),
        (".htaccess", r#"attachment; filename="htaccess""#),
        ("..", r#"attachment; filename="document""#),
        ("a/", r#"attachment; filename="document""#),
        ("\u{200b}", r#"attachment; filename="document""#),
    ];
    for (name, header) in cases {
        assert_eq!(attachment(name), header, "{name:?}");
    }
    let long = attachment(&"ш".repeat(255));
    assert!(long.is_ascii() && long.len() < 2048);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_are_checked_when_declared_and_harmless_when_served() {
    for on in engines() {
        let house = House::new(on).await;
        let anna = patient(&house, "+79161234567").await;
        let content = pdf(100);
        let declare = async |name: &str| {
            let mut body = declaration(&content);
            body["fileName"] = name.into();
            house.post("/v1/documents", anna.token(), body).await
        };
        for bad in ["", " ", &"x".repeat(300), "a\nb", "a\u{0}b", "a\u{7}b"] {
            declare(bad).await.refused(400, "invalid");
        }
        for (name, header) in [
            ("../../x", r#"attachment; filename="x""#),
            ("\u{202e}fdp.scan", r#"attachment; filename="fdp.scan""#),
            ("«\".pdf", "attachment; filename=\"__.pdf\"; filename*=UTF-8''%C2%AB%22.pdf"),
        ] {
            let document = declare(name).await.is(201).text("/id");
            house.put_content(&anna, &document, PDF, content.clone()).await.is(200);
            let answer = house.content(&anna, &document, None).await.is(200);
            assert_eq!(answer.headers["content-disposition"], header);
        }
        let mut other = declaration(&content);
        other["mediaType"] = "text/html".into();
        house.post("/v1/documents", anna.token(), other).await.refused(400, "invalid");
    }
}
