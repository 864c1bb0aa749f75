### machine translation, to be reviewed
### ქართული. გასაღებები და ჩანაცვლებები იგივეა, რაც en.ftl ფაილში.

## უარი: მნიშვნელობა სათაურია, `.detail` ამბობს, რა მოხდა და რა შეიძლება გაკეთდეს.

problem-malformed = მოთხოვნის წაკითხვა ვერ მოხერხდა
    .detail = მოთხოვნის შიგთავსი არ არის JSON ან რომელიმე პარამეტრი არ იკითხება. გაასწორეთ მოთხოვნა და ხელახლა გაგზავნეთ.
problem-invalid = ზოგიერთი ველი გასასწორებელია
    .detail = errors-ში ჩამოთვლილი ველები გამოტოვებულია, უცნობია ან დასაშვებ ფარგლებს სცდება. გაასწორეთ ისინი და მოთხოვნა ხელახლა გაგზავნეთ.
problem-wrong_code = კოდი არასწორია
    .detail = კოდი არ ემთხვევა ან ვადა გაუვიდა. შეამოწმეთ ის ან მოითხოვეთ ახალი.
problem-wrong_refresh_token = სესიის გაგრძელება შეუძლებელია
    .detail = განახლების ტოკენი უცნობია, ვადაგასულია ან უკვე გამოყენებულია. ხელახლა შედით სისტემაში.
problem-idempotency_key_required = საჭიროა Idempotency-Key
    .detail = ამ ოპერაციას სჭირდება სათაური Idempotency-Key. გამოაგზავნეთ ახალი შემთხვევითი გასაღები, ხოლო გამეორებისას იგივე გასაღები გამოიყენეთ.
problem-size_mismatch = ზომა არ ემთხვევა მითითებულს
    .detail = მიღებული ბაიტების რაოდენობა მითითებულს არ ემთხვევა. შიგთავსი მთლიანად ხელახლა გაგზავნეთ.
problem-checksum_mismatch = საკონტროლო ჯამი არ ემთხვევა
    .detail = შიგთავსი გზაში დაზიანდა. გაგზავნეთ ის ხელახლა.
problem-content_not_as_declared = შიგთავსი სხვა სახისაა
    .detail = ფაილი მითითებული ტიპის არ არის. აირჩიეთ სხვა ფაილი ან მიუთითეთ მისი ნამდვილი ტიპი.
problem-content_infected = ფაილი საშიშია
    .detail = შემოწმებამ ამ ფაილში მავნე კოდი იპოვა და ის არ შენახულა. შეამოწმეთ მოწყობილობა, საიდანაც ის გაიგზავნა.
problem-callback_rejected = გამოძახება უარყოფილია
    .detail = ის საგადახდო სისტემის ხელმოწერის გარეშეა ან მოძველებულია. არაფერი შეცვლილა.
problem-unauthenticated = საჭიროა შესვლა
    .detail = წვდომის ტოკენი არ არის, ვადაგასულია ან გაუქმებულია. განაახლეთ სესია ან ხელახლა შედით.
problem-sign_in_failed = შესვლა ვერ მოხერხდა
    .detail = მომხმარებლის სახელი ან პაროლი არასწორია, ან ანგარიშზე შესვლა დახურულია. შეამოწმეთ და კიდევ სცადეთ.
problem-forbidden = ეს მოქმედება დაუშვებელია
    .detail = თქვენი როლი ამ მოქმედების უფლებას არ იძლევა. თუ ფიქრობთ, რომ ეს შეცდომაა, მიმართეთ კლინიკას.
problem-acceptance_required = საჭიროა დოკუმენტის მიღება
    .detail = წაიკითხეთ და მიიღეთ დოკუმენტის მოქმედი რედაქცია, შემდეგ გაიმეორეთ მოქმედება.
problem-profile_required = პროფილი შეუვსებელია
    .detail = შეავსეთ პროფილი, შემდეგ გაიმეორეთ მოქმედება.
problem-consent_required = საჭიროა თანხმობა
    .detail = ამ მოქმედებას სჭირდება თანხმობა, რომელიც არ გაცემულა ან გამოთხოვილია. გასცით ის და გაიმეორეთ მოქმედება.
problem-class_refused = ასეთი მონაცემები აქ არ მიიღება
    .detail = ეს სერვისი ამ სახის მონაცემებს არ აგროვებს. გადაეცით ისინი პირდაპირ ექიმს ან კლინიკას.
problem-refused_by_profile = ეს სერვისი ამას არ გთავაზობთ
    .detail = წესები, რომლითაც სერვისი მუშაობს, ამ მოქმედებას არ ითვალისწინებს.
problem-read_only = შესაძლებელია მხოლოდ ნახვა
    .detail = აქ ვერაფერს შეცვლით. ცვლილებისთვის მიმართეთ კლინიკას.
problem-not_by_representation = ამას მხოლოდ თავად ადამიანი აკეთებს
    .detail = თქვენ წარმომადგენლად მოქმედებთ. ამას მხოლოდ თავად პაციენტი აკეთებს საკუთარი ანგარიშიდან.
problem-frozen = მონაცემები დაბლოკილია
    .detail = ამ მონაცემების დამუშავება შეზღუდულია. მოხსენით შეზღუდვა, შემდეგ გაიმეორეთ მოქმედება.
problem-step_up_required = საჭიროა ხელახლა შესვლა
    .detail = ამ ქმედებას ბოლო ხუთი წუთის განმავლობაში შესვლა სჭირდება. შედით ახალი კოდით და გაიმეორეთ.
problem-known_fact_required = მხოლოდ კოდი საკმარისი არ არის
    .detail = ეს ნომერი აქ დიდი ხანია არ გამოუყენებიათ და შესაძლოა სხვას გადაეცა. მიუთითეთ ანგარიშის მფლობელის დაბადების თარიღი ან თქვით, რომ ნომერი ახლა თქვენია, და დაიწყეთ ცარიელი ანგარიშით. დაგეხმარებათ რეგისტრატურაც.
problem-identity_check_required = საჭიროა პირადობის შემოწმება
    .detail = ამისთვის საჭიროა პაციენტის პირადობის ჩაწერილი შემოწმება. მას რეგისტრატურა აკეთებს: ტელეფონით, ფოსტით ან საბუთით.
problem-rights_notice_required = საჭიროა უფლებების გაცნობა
    .detail = გააცანით პაციენტს მისი უფლებები და ჩაიწერეთ ეს, შემდეგ გაიმეორეთ მოქმედება.
problem-password_change_required = პაროლი უნდა შეიცვალოს
    .detail = სანამ გააგრძელებთ, დააყენეთ საკუთარი პაროლი.
problem-not_found = ვერ მოიძებნა
    .detail = ასეთი ობიექტი არ არსებობს ან თქვენთვის მიუწვდომელია. შეამოწმეთ მისამართი.
problem-method_not_allowed = მეთოდი დაუშვებელია
    .detail = ეს მისამართი ამ მეთოდს არ იცნობს. დასაშვები მეთოდები მითითებულია სათაურში Allow.
problem-not_acceptable = ასეთი წარმოდგენა არ არის
    .detail = პასუხის გაცემა Accept-ში მითითებული არცერთი ფორმატით არ შეიძლება. მოითხოვეთ სხვა.
problem-slot_taken = დრო უკვე დაკავებულია
    .detail = ეს დრო ახლახან სხვამ დაიკავა. აირჩიეთ სხვა; უახლოესი თავისუფალი დრო შეიძლება მითითებული იყოს alternatives-ში.
problem-slot_not_offered = ამ დროზე ჩაწერა არ არის
    .detail = ექიმი ამ დროს არ იღებს, ან დრო ძალიან ახლოა ან ძალიან შორს. აირჩიეთ დრო განრიგიდან.
problem-booking_refused = ჩაწერას რაღაც უშლის ხელს
    .detail = თავად დრო თავისუფალია. მიზეზები დასახელებულია reasons-ში: ასაკი, შეზღუდვა, გადაუხდელი თანხა. კლინიკა დაგეხმარებათ.
problem-too_late = დამოუკიდებლად უკვე გვიანია
    .detail = ვადა, რომელშიც ამას თავად გააკეთებდით, გავიდა. დარეკეთ კლინიკაში: მას ჯერ კიდევ შეუძლია.
problem-identifier_taken = ასეთი ნომერი უკვე არის
    .detail = ის ან ამ მზღვეველის პოლისი პროფილში უკვე მითითებულია: ჯერ წაშალეთ. რეგისტრატურაში: ამ ნომრით ვიღაც უკვე ცნობილია, მოძებნეთ ის ამ ნომრით.
problem-login_taken = მომხმარებლის სახელი დაკავებულია
    .detail = აირჩიეთ სხვა სახელი.
problem-already_claimed = უკვე აღებულია
    .detail = ეს თქვენამდე სხვამ აიღო. განაახლეთ სია.
problem-last_administrator = ბოლო ადმინისტრატორი რჩება
    .detail = ჯერ სხვა დანიშნეთ მთელი სისტემის ადმინისტრატორად.
problem-state_conflict = ამჟამინდელ მდგომარეობაში შეუძლებელია
    .detail = ობიექტის მდგომარეობა ამასობაში შეიცვალა და მოქმედება მას აღარ შეესაბამება. მოითხოვეთ ის ხელახლა და თავიდან გადაწყვიტეთ.
problem-last_representative = თქვენ ბოლო წარმომადგენელი ხართ
    .detail = თქვენ გარეშე ამ ანგარიშს ვერავინ გახსნის. სთხოვეთ რეგისტრატურას სხვა წარმომადგენლის ჩაწერა.
problem-content_missing = შიგთავსი ჯერ არ არის
    .detail = ობიექტს შიგთავსი არ აქვს. ჯერ ატვირთეთ ის.
problem-content_present = შიგთავსი უკვე ატვირთულია
    .detail = შიგთავსი ადრე აიტვირთა და მისი შეცვლა არ შეიძლება. შექმენით ახალი ობიექტი.
problem-policy_not_in_force = ეს რედაქცია არ მოქმედებს
    .detail = მოქმედებს დოკუმენტის სხვა რედაქცია. მოითხოვეთ მოქმედი და ის მიიღეთ.
problem-not_withdrawable = ამის გამოთხოვა არ შეიძლება
    .detail = ეს თანხმობა არ არის გაცემული, გამოსახმობი არაფერია. რასაც კანონი ან ხელშეკრულება მოითხოვს, თანხმობის გარეშეც გრძელდება; ამის შესახებ შეგიძლიათ ჰკითხოთ პერსონალურ მონაცემებზე პასუხისმგებელს.
problem-deletion_pending = ანგარიში იშლება
    .detail = წაშლა უკვე დანიშნულია. გააუქმეთ ის ვადის გასვლამდე, შემდეგ გაიმეორეთ მოქმედება.
problem-refund_too_large = დასაბრუნებელი თანხა ძალიან დიდია
    .detail = გადახდილიდან ნაკლებია დარჩენილი. მოითხოვეთ ანგარიში ხელახლა და აირჩიეთ უფრო მცირე თანხა.
problem-payment_declined = გადახდა უარყოფილია
    .detail = ბანკმა ან საგადახდო სისტემამ ის არ გაატარა. სცადეთ სხვაგვარად გადახდა.
problem-precondition_failed = ობიექტი შეიცვალა
    .detail = თქვენი წაკითხვის შემდეგ ობიექტი ვიღაცამ შეცვალა. მოითხოვეთ ის ხელახლა და გაიმეორეთ შესწორება.
problem-too_large = მოთხოვნა ძალიან დიდია
    .detail = მოთხოვნის შიგთავსი იმაზე დიდია, ვიდრე ეს მისამართი იღებს. გაგზავნეთ ნაკლები.
problem-uri_too_long = მისამართი ძალიან გრძელია
    .detail = მისამართის სიგრძე ზღვარს აჭარბებს. შეამოკლეთ პარამეტრები.
problem-unsupported_media_type = შიგთავსის ტიპი არ არის მხარდაჭერილი
    .detail = სათაური Content-Type არ არის ან აქ არ მიიღება. გამოაგზავნეთ კონტრაქტში მითითებული ტიპი.
problem-range_not_satisfiable = დიაპაზონი შიგთავსს სცდება
    .detail = მოთხოვნილი დიაპაზონი შიგთავსის ბოლოს შემდეგ იწყება. მოითხოვეთ დიაპაზონი მის ფარგლებში.
problem-idempotency_key_reused = Idempotency-Key უკვე გამოყენებულია
    .detail = ეს გასაღები ადრე სხვა მოთხოვნასთან ერთად მოვიდა. ახალი მოთხოვნისთვის გამოიყენეთ ახალი გასაღები.
problem-app_outdated = საჭიროა აპლიკაციის განახლება
    .detail = აპლიკაციის ამ ვერსიას სერვისი აღარ ემსახურება. დააყენეთ ახალი ვერსია აპლიკაციების მაღაზიიდან და გააგრძელეთ.
problem-rate_limited = ძალიან ბევრი მოთხოვნაა
    .detail = დაელოდეთ Retry-After-ში მითითებულ წამებს და კიდევ სცადეთ.
problem-headers_too_large = სათაურები ძალიან დიდია
    .detail = სათაურების ზომა ზღვარს აჭარბებს. გამოაგზავნეთ ნაკლები ან უფრო მოკლე.
problem-internal = შეცდომა ჩვენს მხარეს
    .detail = სერვერზე რაღაც შეფერხდა. სცადეთ მოგვიანებით, ხოლო მხარდაჭერასთან მიმართვისას მიუთითეთ მოთხოვნის ნომერი.
problem-unavailable = დროებით მიუწვდომელია
    .detail = სერვისი ახლა ვერ პასუხობს და არაფერი შეცვლილა. გაიმეორეთ Retry-After-ში მითითებული წამების შემდეგ.

## რა არის არასწორი ერთ ველში.

fault-required = ეს ველი სავალდებულოა
fault-unknown = ასეთი ველი არ არსებობს
fault-wrong_type = მნიშვნელობა არასწორი ტიპისაა
fault-too_long = მნიშვნელობა ძალიან გრძელია
fault-too_short = მნიშვნელობა ძალიან მოკლეა
fault-out_of_range = მნიშვნელობა დასაშვებ ფარგლებს სცდება
fault-bad_format = მნიშვნელობის ფორმატი არასწორია
fault-bad_check_digit = საკონტროლო ციფრი არ ემთხვევა
fault-bad_characters = მნიშვნელობა დაუშვებელ სიმბოლოებს შეიცავს
fault-unknown_value = ასეთი მნიშვნელობა შესაძლოთა შორის არ არის
fault-in_the_past = ეს დრო უკვე გავიდა
fault-in_the_future = ეს დრო ჯერ არ დამდგარა
fault-not_asked = ეს აქ არ მოითხოვება
fault-duplicate = მნიშვნელობა ორჯერ არის მითითებული
fault-too_common = მნიშვნელობის გამოცნობა ძალიან ადვილია
fault-send_as_jpeg = ასეთი გამოსახულება არ მიიღება: გამოაგზავნეთ JPEG ან PNG ფორმატში
fault-card_number = საბანკო ბარათის ნომრები აქ არ მიიღება

# What stands against a booking, each a sentence.
reason-taken = ექიმს ამ დროს სხვა ვიზიტი აქვს.
reason-outside_hours = ექიმი ამ დროს არ იღებს.
reason-equipment_taken = მომსახურებისთვის საჭირო აპარატი ამ დროს დაკავებულია.
reason-patient_busy = ამ დროს სხვა ვიზიტი გაქვთ.
reason-age_limit = მომსახურება სხვა ასაკისთვისაა.
reason-sex_limit = მომსახურება სხვა სქესისთვისაა.
reason-too_many_open = უკვე გაქვთ იმდენი მომავალი ვიზიტი, რამდენიც დასაშვებია.
reason-too_many_moves = ვიზიტი უკვე იმდენჯერ გადაიტანეს, რამდენჯერაც დასაშვებია.
reason-frozen = წვდომა გაყინულია.
reason-unpaid_before = წინა ვიზიტი გადახდილი არ არის.
reason-too_soon = ვიზიტამდე ძალიან ცოტა დროა.
reason-too_far = ვიზიტამდე ძალიან დიდი დროა.
reason-payer_not_taken = ეს მომსახურება ასე არ იხდება.
reason-policy_missing = არ მიგითითებიათ ამ გადამხდელის პოლისი, რომელიც იმ დღეს მოქმედებს.

## შეტყობინებები. SMS არ აღემატება 70 სიმბოლოს.

sms-code = კოდი: { $code }. არავის უთხრათ, კლინიკასაც კი.
sms-visitor = ვიზიტზე ჩაგწერეს. დეტალები ჰკითხეთ ჩამწერს.
sms-visitor-cancelled = ვიზიტი, რომელზეც ჩაგწერეს, გაუქმდა.
mail-code-subject = თქვენი შესვლის კოდი
mail-code-body =
    თქვენი შესვლის კოდი: { $code }

    არავის უთხრათ: კლინიკა მას არასოდეს გთხოვთ.
    თუ კოდი არ მოგითხოვიათ, ამ წერილს ყურადღებას ნუ მიაქცევთ.
sms-contact-code = კონტაქტის შეცვლის კოდი: { $code }. არავის უთხრათ.
mail-contact-code-subject = მისამართის დადასტურების კოდი
mail-contact-code-body =
    ამ მისამართის დადასტურების კოდი: { $code }

    არავის უთხრათ: კლინიკა მას არასოდეს გთხოვთ.
    თუ კოდი არ მოგითხოვიათ, ამ წერილს ყურადღებას ნუ მიაქცევთ.
sms-address-left = ამ ნომრით შესვლა გამორთულია. თქვენ არ ხართ? მიმართეთ კლინიკას.
mail-address-left-subject = ამ მისამართით შესვლა გამორთულია
mail-address-left-body = ამ მისამართით შესვლა გამორთულია. თუ ეს თქვენ არ გაგიკეთებიათ, მიმართეთ კლინიკას.

## The slip with a patient's login and password.

slip-title = თქვენს კაბინეტში შესვლა
slip-address = სად შეხვიდეთ
slip-login = ლოგინი
slip-password = ერთჯერადი პაროლი
slip-until = პაროლი მოქმედებს { $day }-მდე.
slip-first = შედით და მაშინვე დააყენეთ საკუთარი პაროლი: მანამდე სხვა არაფერი მუშაობს. მიმართეთ ტელეფონის კამერა კვადრატს, რომ შესვლის გვერდი უკვე შევსებული ლოგინით გაიხსნას.
slip-lost = დაკარგეთ? ჩვენი ნებისმიერი რეგისტრატურა ახალს მოგცემთ პირადობის დოკუმენტით. პაროლი ტელეფონით, ფოსტით ან საიტზე არ აღდგება და არცერთი თანამშრომელი არ გკითხავთ მას.

## ექიმების სპეციალობები.

speciality-allergology = ალერგოლოგია
speciality-cardiology = კარდიოლოგია
speciality-dentistry = სტომატოლოგია
speciality-dermatology = დერმატოლოგია
speciality-endocrinology = ენდოკრინოლოგია
speciality-familyMedicine = საოჯახო მედიცინა
speciality-gastroenterology = გასტროენტეროლოგია
speciality-gynaecology = გინეკოლოგია
speciality-haematology = ჰემატოლოგია
speciality-infectiousDiseases = ინფექციური დაავადებები
speciality-nephrology = ნეფროლოგია
speciality-neurology = ნევროლოგია
speciality-oncology = ონკოლოგია
speciality-ophthalmology = ოფთალმოლოგია
speciality-otorhinolaryngology = ოტორინოლარინგოლოგია
speciality-paediatrics = პედიატრია
speciality-psychiatry = ფსიქიატრია
speciality-psychology = ფსიქოლოგია
speciality-pulmonology = პულმონოლოგია
speciality-rheumatology = რევმატოლოგია
speciality-surgery = ქირურგია
speciality-therapy = თერაპია
speciality-traumatology = ტრავმატოლოგია და ორთოპედია
speciality-ultrasound = ულტრაბგერითი დიაგნოსტიკა
speciality-urology = უროლოგია

## პერსონალური მონაცემები: რა შედის კლასებში, რატომ შეიძლებოდა გახსნა, როგორ წაიშალა.

class-identity = სახელი, დაბადების თარიღი, სქესი, პირადი ნომრები და პოლისები
class-contact = ტელეფონები, ელფოსტა, მოწყობილობები და სესიები
class-clinical = სამედიცინო დოკუმენტები, ვიზიტები, მიმოწერა ექიმებთან
class-billing = დარიცხვები, გადახდები და ქვითრები
class-evidence = თანხმობები, პოლიტიკის მიღება და მოთხოვნები
class-support = მიმართვები დახმარებისთვის, ეკრანის სურათები და შეფასებები
class-telemetry = გამოყენების სტატისტიკა და ხარვეზების ცნობები
class-recording = ზარების ჩანაწერები
class-security = შესვლები და ქსელური მისამართები
class-staff = თანამშრომლის ანგარიშის მონაცემები
basis-booking = თქვენ ჩაეწერეთ ვიზიტზე
basis-referral = ექიმმა გაგაგზავნათ
basis-contract = ხელშეკრულება, რომლის მხარეც ხართ
basis-share = თქვენ თვითონ გააზიარეთ
basis-moderation = თქვენ დატოვეთ გამოხმაურება, რომელიც შემოწმებას ელოდა
basis-ticket = თქვენ მიმართეთ დახმარებას
basis-desk = თქვენ მიმართეთ რეგისტრატურას
basis-numberClaim = სხვა პირმა დაადასტურა, რომ თქვენი ერთ-ერთი ნომერი მისია
basis-firstReader = ექიმმა, რომელიც გმკურნალობთ, ეკრანის სურათზე პირადი მონიშნა
basis-representation = როგორც თქვენი კანონიერი წარმომადგენელი
basis-author = ჩანაწერის ავტორი
basis-held = შენახული ჩანაწერი გაიხსნა მითითებული საფუძვლით
basis-breakGlass = გადაუდებელი შემთხვევა, მითითებული საფუძვლით
basis-certificate = წაკითხულია წაშლის მოწმობა
basis-conversation = თქვენ მიმოწერა გაქვთ ექიმთან ან კლინიკასთან
basis-lead = თქვენ ითხოვეთ დაკავშირება
basis-other = სხვა მიზეზი, ის ჟურნალშია ჩაწერილი
object-patient = თქვენი პროფილი
object-numberClaim = სადავო ნომერი
object-insurancePolicy = სადაზღვევო პოლისი
object-document = დოკუმენტი
object-booking = ვიზიტი
object-representation = წარმომადგენლობა
object-ticket = მიმართვა დახმარებისთვის
object-screenshot = ეკრანის სურათი
object-conversation = მიმოწერა
object-message = შეტყობინება
object-feedback = გამოხმაურება
object-charge = დარიცხვა
object-lead = მიმართვა
object-certificate = წაშლის მოწმობა
erasure-method-cryptoErasure = მონაცემთა გასაღებები განადგურდა; მათით დალუქულის წაკითხვა აღარ შეიძლება, სარეზერვო ასლებში კი — შემფუთავი გასაღების დასრულებისას
erasure-reason-subjectRequest = თავად პირის მოთხოვნით

## მიმოწერა: რა წერია მის თავზე.

conversation-notice-doctor = ამას მხოლოდ თქვენ და ექიმი კითხულობთ. ექიმმა შეიძლება მაშინვე ვერ გიპასუხოთ: გადაუდებელ შემთხვევაში დარეკეთ { $phone }.
conversation-notice-operator = ამას კლინიკის რეგისტრატურა კითხულობს და არა სამედიცინო პერსონალი: აქ ჯანმრთელობის შესახებ ნუ დაწერთ. გადაუდებელ შემთხვევაში დარეკეთ { $phone }.

## საკუთარი მონაცემების არქივი.

export-title = თქვენი მონაცემები, { $day }
export-about = ამ არქივშია ის, რაც სერვისმა თქვენ შესახებ იცის. საქაღალდეში { $data } იგივეა { $format }-ის სახით, საქაღალდეში { $files } — თქვენი დოკუმენტები. { $manifest } ასახელებს თითოეულ ფაილს მისი { $hash }-ით, ხოლო { $signature } ხელს აწერს მას გასაღებით { $key }-იდან. სხვა ადამიანების მონაცემები აქ არ არის.
export-room-identity = ვინ ხართ
export-room-privacy = თქვენი თანხმობები და ვინ ნახა
export-room-devices = თქვენი მოწყობილობები
export-room-telemetry = როგორ იყენებთ აპლიკაციას
export-room-notifications = რა გეცნობათ
export-room-documents = თქვენი დოკუმენტები
export-room-billing = დარიცხვები და გადახდები
export-room-scheduling = თქვენი ვიზიტები
export-room-consultations = თქვენი მიმოწერა
export-room-support = მიმართვები და შეფასებები
export-room-reception = რეგისტრატურა
export-part-account = ანგარიში
export-part-sessions = შესვლები
export-part-attestations = თქვენი დადასტურებები მონაცემებზე
export-part-formerAddresses = ყოფილი მისამართები
export-part-credentials = ლოგინი და პაროლი
export-part-acceptances = მიღებული პოლიტიკები
export-part-consents = თანხმობები
export-part-freezes = წვდომის აკრძალვა და ნებართვა
export-part-identityChecks = პირადობის შემოწმებები
export-part-emergencies = გადაუდებელი გახსნები
export-part-accessLog = ვინ გახსნა თქვენი მონაცემები
export-part-purposes = რისთვის გამოიყენება მონაცემები
export-part-retention = რამდენ ხანს ინახება
export-part-documents = დოკუმენტები
export-part-recordIdentities = ვინ წერიხართ სამედიცინო ბარათში
export-part-bookings = ვიზიტები
export-part-waitingList = რას ელოდებით
export-part-offers = შემოთავაზებული დრო
export-part-reminders = შეხსენებები
export-part-calendarFeeds = პირადი კალენდრები
export-part-bookingWishes = სურვილები ვიზიტებზე
export-part-episodes = მკურნალობის კურსები
export-part-registrations = ვინ დაგარეგისტრირათ
export-part-rightsNotices = უფლებების გაცნობა
export-part-merges = გაერთიანებული ანგარიშები
export-field-state = მდგომარეობა
export-field-createdAt = შექმნილია
export-field-at = როდის
export-field-title = დასახელება
export-field-file = ფაილი
export-field-fileName = ფაილის სახელი
export-field-authorName = ავტორი
export-field-startsAt = დაწყება
export-field-endsAt = დასრულება
export-field-doctorName = ექიმი
export-field-from = დან
export-field-to = მდე
export-field-part = დღის მონაკვეთი
export-field-endedAt = დასრულდა
export-field-until = ვადა
export-field-dueAt = დრო
export-field-clinicName = კლინიკა
export-field-serviceName = მომსახურება
export-field-complaint = ჩივილი
export-field-staffName = თანამშრომელი
export-field-staffRole = როლი
export-field-basis = საფუძველი
export-field-reason = მიზეზი
export-field-surname = გვარი
export-field-givenName = სახელი
export-field-patronymic = მამის სახელი
export-field-birthDate = დაბადების თარიღი
export-field-contacts = კონტაქტები
export-field-profile = პროფილი
export-field-deviceName = მოწყობილობა
export-field-text = ტექსტი
export-field-rule = ნორმა

## შეტყობინებები. გარეთ გადის მხოლოდ ის, რომ შეტყობინება არსებობს; სათაური და ტექსტი შესვლის შემდეგ ჩანს.

notice-sms = კლინიკის აპლიკაციაში თქვენთვის შეტყობინებაა.
notice-mail-subject = თქვენთვის შეტყობინებაა
notice-mail-body = კლინიკის აპლიკაციაში თქვენთვის შეტყობინებაა. წასაკითხად გახსენით აპლიკაცია.
notice-bookingConfirmed = ვიზიტი დანიშნულია
    .body = დროისა და ადგილის სანახავად გახსენით ჩანაწერი.
notice-bookingCancelled = ვიზიტი გაუქმდა
    .body = დრო ისევ თავისუფალია. შეგიძლიათ სხვა აირჩიოთ.
notice-bookingMoved = ვიზიტი გადატანილია
    .body = გახსენით ჩანაწერი, რომ ნახოთ ახალი დრო და ადგილი.
notice-paymentNeeded = გადახდა მოსალოდნელია
    .body = დრო რამდენიმე წუთით ინახება. ვიზიტის დასადასტურებლად გადაიხადეთ.
notice-paymentFailed = გადახდა ვერ შესრულდა
    .body = თანხა არ ჩამოჭრილა. სცადეთ ხელახლა ან აირჩიეთ სხვა გზა.
notice-refundMade = თანხა დაბრუნდა
    .body = თანხა იმავე გზით დაბრუნდება; ბანკს შეიძლება რამდენიმე დღე დასჭირდეს.
notice-messageReceived = ახალი შეტყობინება
    .body = წასაკითხად და საპასუხოდ გახსენით მიმოწერა.
notice-documentAdded = ახალი დოკუმენტი
    .body = ექიმმა თქვენს ბარათს დოკუმენტი დაამატა.
notice-ticketAnswered = მხარდაჭერამ გიპასუხათ
    .body = პასუხის წასაკითხად გახსენით მიმართვა.
notice-exportReady = თქვენი მონაცემები მზადაა
    .body = არქივის ჩამოტვირთვა რამდენიმე დღის განმავლობაში შეიძლება.
notice-freezeChanged = თქვენს მონაცემებზე წვდომა შეიცვალა
    .body = აკრძალვა დაწესდა ან მოიხსნა. თუ ეს თქვენ არ იყავით, მაშინვე დაუკავშირდით კლინიკას.
notice-credentialsReplaced = თქვენ მოგეცათ ახალი ლოგინი და პაროლი
    .body = რეგისტრატურამ ისინი დოკუმენტის შემოწმების შემდეგ შეცვალა. თუ ეს თქვენ არ იყავით, მაშინვე დაუკავშირდით კლინიკას.
notice-identifierChanged = თქვენს პროფილში ნომერი შეიცვალა
    .body = კლინიკამ დაადგინა, ვისია ნომერი: ის თქვენს პროფილში დაემატა ან მისგან ამოიშალა. თუ ეს შეცდომაა, დაუკავშირდით კლინიკას.
notice-feedbackAsked = როგორ ჩაიარა ვიზიტმა?
    .body = გვითხარით ერთ წუთში: ეს გაუმჯობესებაში დაგვეხმარება.
notice-emergencyAccess = ექიმმა თქვენი ბარათი გადაუდებელ შემთხვევაში გახსნა
    .body = მან მიზეზი მიუთითა და კლინიკა შეამოწმებს. ვინ იყო, წვდომის ჟურნალში წერია.
notice-emergencyAlert = ბარათი გადაუდებელ შემთხვევაში გაიხსნა
    .body = წაიკითხეთ ექიმის მითითებული მიზეზი და შეამოწმეთ.
notice-sessionReplayed = სესია დასრულდა
    .body = შესაძლოა თქვენი სესია ვიღაცამ მეორედ გამოიყენა, ამიტომ ის დასრულდა. შეამოწმეთ თქვენი მოწყობილობები.
notice-contactChanged = თქვენი კონტაქტები შეიცვალა
    .body = შესვლის ტელეფონი ან ელფოსტა დაემატა, შეიცვალა ან წაიშალა. თუ ეს თქვენ არ იყავით, დაუყოვნებლივ მიმართეთ კლინიკას.
notice-deletionBegun = ანგარიშის წაშლა დაიწყო
    .body = მისი გაუქმება თქვენთვის დასახელებულ დღემდე შეიძლება.
notice-representationChanged = წარმომადგენლები შეიცვალა
    .body = ვიღაცამ სხვის ნაცვლად მოქმედების უფლება მიიღო ან დაკარგა. სანახავად გახსენით აპლიკაცია.
notice-offerMade = დრო გათავისუფლდა
    .body = ის ცოტა ხნით ინახება თქვენთვის. გახსენით შეთავაზება, რომ მიიღოთ ან უარი თქვათ.
notice-visitReminder = მალე ვიზიტი გაქვთ
    .body = გახსენით ჩანაწერი, რომ ნახოთ დრო და ადგილი.
reminder-sms = შეხსენება: გახსენით კლინიკის აპლიკაცია, რომ ნახოთ, რა გელით.
reminder-mail-subject = შეხსენება
reminder-mail-body = კლინიკის აპლიკაციაში არის შეხსენება იმის შესახებ, რაც გელით. წასაკითხად გახსენით აპლიკაცია.
calendar-visit = ვიზიტი
calendar-busy = დაკავებულია
notice-marketing = კლინიკის სიახლეები
    .body = მეტის გასაგებად გახსენით აპლიკაცია.
campaign-news = კლინიკის სიახლეები
    .body = თქვენთვის სიახლე გვაქვს. მეტის გასაგებად გახსენით აპლიკაცია.

visit-slip-title = ვიზიტი
visit-slip-patient = პაციენტი
visit-slip-when = როდის
visit-slip-doctor = ექიმი
visit-slip-service = მომსახურება
visit-slip-where = სად
visit-slip-phone = ტელეფონი
visit-slip-bring = თან იქონიეთ პირადობის დამადასტურებელი საბუთი. გთხოვთ, მოხვიდეთ ათი წუთით ადრე.
visit-slip-cancel = ვიზიტის გასაუქმებლად დარეკეთ კლინიკაში ან მიმართეთ რეგისტრატურას.

## Who may call an operation, in the order of access.

caller-anyone = ნებისმიერი
caller-self = პაციენტი, თავის შესახებ
caller-doctor = ექიმი
caller-reception = რეგისტრატურა
caller-callCentre = ქოლცენტრი
caller-support = მხარდაჭერა
caller-insurer = სადაზღვევო კომპანია
caller-officer = პერსონალურ მონაცემებზე პასუხისმგებელი
caller-auditor = აუდიტორი
caller-administrator = ადმინისტრატორი
