### machine translation, to be reviewed
### Қазақша. Кілттер мен алмастырулар en.ftl файлындағыдай.

## Бас тартулар: мәні — тақырып, `.detail` — не болғаны және не істеуге болатыны.

problem-malformed = Сұрауды оқу мүмкін болмады
    .detail = Сұраудың мазмұны JSON емес немесе параметрлердің бірі оқылмайды. Сұрауды түзетіп, қайта жіберіңіз.
problem-invalid = Кейбір өрістерді түзету керек
    .detail = errors ішінде көрсетілген өрістер толтырылмаған, белгісіз немесе рұқсат етілген шектен шыққан. Оларды түзетіп, сұрауды қайта жіберіңіз.
problem-wrong_code = Код қате
    .detail = Код сәйкес келмейді немесе мерзімі өтіп кеткен. Оны тексеріңіз немесе жаңасын сұраңыз.
problem-wrong_refresh_token = Сеансты ұзарту мүмкін емес
    .detail = Жаңарту токені белгісіз, мерзімі өткен немесе бұрын пайдаланылған. Жүйеге қайта кіріңіз.
problem-idempotency_key_required = Idempotency-Key тақырыбы қажет
    .detail = Бұл әрекетке Idempotency-Key тақырыбы қажет. Жаңа кездейсоқ кілт жіберіңіз, ал сұрауды қайталағанда сол кілтті қолданыңыз.
problem-size_mismatch = Көлемі көрсетілгенге сәйкес емес
    .detail = Қабылданған байт саны көрсетілген санға тең емес. Мазмұнды толығымен қайта жіберіңіз.
problem-checksum_mismatch = Бақылау сомасы сәйкес емес
    .detail = Мазмұн жеткізу кезінде бүлінген. Оны қайта жіберіңіз.
problem-content_not_as_declared = Мазмұн түрі басқа
    .detail = Файл көрсетілген түрге жатпайды. Басқа файл таңдаңыз немесе оның шын түрін көрсетіңіз.
problem-content_infected = Файл қауіпті
    .detail = Тексеру бұл файлдан зиянды код тапты, ол сақталған жоқ. Файл жіберілген құрылғыны тексеріңіз.
problem-callback_rejected = Шақыру қабылданбады
    .detail = Оған төлем жүйесі қол қоймаған немесе ол ескірген. Ештеңе өзгерген жоқ.
problem-unauthenticated = Жүйеге кіру қажет
    .detail = Қол жеткізу токені жоқ, мерзімі өткен немесе қайтарып алынған. Сеансты жаңартыңыз немесе қайта кіріңіз.
problem-sign_in_failed = Кіру мүмкін болмады
    .detail = Логин немесе құпиясөз қате, не болмаса тіркелгіге кіру жабық. Деректерді тексеріп, қайталап көріңіз.
problem-forbidden = Бұл әрекетке рұқсат жоқ
    .detail = Сіздің рөліңіз бұл әрекетке рұқсат бермейді. Бұл қате деп ойласаңыз, клиникаға хабарласыңыз.
problem-acceptance_required = Құжатты қабылдау қажет
    .detail = Құжаттың қолданыстағы нұсқасын оқып, қабылдаңыз, содан кейін әрекетті қайталаңыз.
problem-profile_required = Профиль толтырылмаған
    .detail = Профиліңізді толтырып, әрекетті қайталаңыз.
problem-consent_required = Келісім қажет
    .detail = Бұл әрекетке қажетті келісім берілмеген немесе қайтарып алынған. Келісім беріп, әрекетті қайталаңыз.
problem-class_refused = Мұндай деректер мұнда қабылданбайды
    .detail = Бұл сервис мұндай деректерді жинамайды. Оларды тікелей дәрігерге немесе клиникаға беріңіз.
problem-refused_by_profile = Бұл сервисте ондай мүмкіндік жоқ
    .detail = Сервис жұмыс істейтін ережелер бұл әрекетті қарастырмайды.
problem-read_only = Тек оқуға болады
    .detail = Мұнда ештеңені өзгерту мүмкін емес. Өзгеріс енгізу үшін клиникаға хабарласыңыз.
problem-not_by_representation = Мұны тек адамның өзі жасай алады
    .detail = Сіз өкіл ретінде әрекет етудесіз. Бұл әрекетті тек пациенттің өзі өз тіркелгісінен жасайды.
problem-frozen = Деректер бұғатталған
    .detail = Бұл деректерді өңдеу шектелген. Шектеуді алып тастап, әрекетті қайталаңыз.
problem-step_up_required = Қайта кіру керек
    .detail = Бұл әрекет үшін соңғы бес минут ішіндегі кіру қажет. Жаңа кодпен кіріп, оны қайталаңыз.
problem-known_fact_required = Кодтың өзі жеткіліксіз
    .detail = Бұл нөмір мұнда көптен бері қолданылмаған, ол басқа адамға өтуі мүмкін. Тіркелгі иесінің туған күнін көрсетіңіз немесе нөмір енді сіздікі екенін айтып, бос тіркелгі бастаңыз. Тіркеу бөлімі де көмектеседі.
problem-identity_check_required = Жеке басты тексеру керек
    .detail = Бұл үшін пациенттің жеке басын тексеру жазылуы керек. Оны тіркеу бөлімі жасайды: телефонмен, поштамен немесе құжатпен.
problem-rights_notice_required = Құқықтар туралы хабарлау керек
    .detail = Пациентке оның құқықтарын айтып, оны жазып қойыңыз, содан кейін әрекетті қайталаңыз.
problem-password_change_required = Құпиясөзді өзгерту қажет
    .detail = Жалғастырмас бұрын өз құпиясөзіңізді орнатыңыз.
problem-not_found = Табылмады
    .detail = Мұндай нысан жоқ немесе ол сізге қолжетімсіз. Мекенжайды тексеріңіз.
problem-method_not_allowed = Әдіске рұқсат жоқ
    .detail = Бұл мекенжай мұндай әдісті қабылдамайды. Рұқсат етілген әдістер Allow тақырыбында көрсетілген.
problem-not_acceptable = Мұндай пішім жоқ
    .detail = Жауапты Accept ішінде көрсетілген пішімдердің ешқайсысында беру мүмкін емес. Басқасын сұраңыз.
problem-slot_taken = Бұл уақыт бос емес
    .detail = Бұл уақытқа жаңа ғана басқа адам жазылды. Басқа уақыт таңдаңыз; жақын бос уақыттар alternatives ішінде көрсетілуі мүмкін.
problem-slot_not_offered = Бұл уақытқа жазылу жоқ
    .detail = Дәрігер бұл уақытта қабылдамайды, не болмаса уақыт тым жақын немесе тым алыс. Кестеден уақыт таңдаңыз.
problem-booking_refused = Жазылу мүмкін емес
    .detail = Уақыттың өзі бос. Себептері reasons ішінде аталған: жасы, шектеу, төленбеген шот. Клиника көмектеседі.
problem-too_late = Өз бетінше жасауға кеш
    .detail = Мұны өз бетінше жасау мерзімі өтті. Клиникаға қоңырау шалыңыз: ол әлі жасай алады.
problem-identifier_taken = Мұндай нөмір бар
    .detail = Ол немесе осы сақтандырушының полисі профильде көрсетілген: алдымен оны жойыңыз. Тіркеу бөлімінде: бұл нөмірмен біреу белгілі, оны сол арқылы табыңыз.
problem-login_taken = Логин бос емес
    .detail = Басқа логин таңдаңыз.
problem-already_claimed = Бұрын алынған
    .detail = Мұны сізден бұрын басқа біреу алып қойған. Тізімді жаңартыңыз.
problem-last_administrator = Соңғы әкімші қалады
    .detail = Алдымен бүкіл жүйенің әкімшісі етіп басқа біреуді тағайындаңыз.
problem-state_conflict = Қазіргі күйде бұл мүмкін емес
    .detail = Нысанның күйі өзгеріп үлгерді, бұл әрекет енді келмейді. Оны қайта сұратып, жаңадан шешіңіз.
problem-last_representative = Сіз соңғы өкілсіз
    .detail = Сізсіз бұл тіркелгіні ешкім аша алмайды. Тіркеу бөлімінен басқа өкілді жазуды сұраңыз.
problem-content_missing = Мазмұны әлі жоқ
    .detail = Нысанның мазмұны жоқ. Алдымен оны жүктеңіз.
problem-content_present = Мазмұны бұрын жүктелген
    .detail = Мазмұн бұрын жүктелген, оны ауыстыруға болмайды. Жаңа нысан жасаңыз.
problem-policy_not_in_force = Бұл нұсқа күшінде емес
    .detail = Құжаттың басқа нұсқасы қолданыста. Қолданыстағысын сұратып, соны қабылдаңыз.
problem-not_withdrawable = Мұны қайтарып алуға болмайды
    .detail = Бұл келісім берілмеген, қайтарып алатын ештеңе жоқ. Заң немесе шарт талап ететін нәрсе келісімсіз де орындалады; бұл туралы жеке деректерге жауапты адамнан сұрауға болады.
problem-deletion_pending = Тіркелгі жойылуда
    .detail = Жою тағайындалған. Мерзімі өтпей тұрып одан бас тартыңыз, содан кейін әрекетті қайталаңыз.
problem-refund_too_large = Қайтарым тым үлкен
    .detail = Төленгеннен одан аз қалды. Шотты қайта сұрап, кішірек соманы таңдаңыз.
problem-payment_declined = Төлем қабылданбады
    .detail = Банк немесе төлем жүйесі оны өткізбеді. Басқаша төлеп көріңіз.
problem-precondition_failed = Нысан өзгерген
    .detail = Сіз оқығаннан кейін нысанды басқа біреу өзгертті. Оны қайта сұратып, түзетуді қайталаңыз.
problem-too_large = Сұрау тым үлкен
    .detail = Сұрау мазмұны бұл мекенжай қабылдайтын шектен үлкен. Азырақ жіберіңіз.
problem-uri_too_long = Мекенжай тым ұзын
    .detail = Мекенжай ұзындығы шектен асады. Параметрлерді қысқартыңыз.
problem-unsupported_media_type = Мазмұн түріне қолдау жоқ
    .detail = Content-Type тақырыбы жоқ немесе мұнда қабылданбайды. Келісімшартта көрсетілген түрді жіберіңіз.
problem-range_not_satisfiable = Ауқым мазмұннан тыс
    .detail = Сұралған ауқым мазмұнның соңынан кейін басталады. Мазмұн ішіндегі ауқымды сұраңыз.
problem-idempotency_key_reused = Idempotency-Key бұрын қолданылған
    .detail = Бұл кілт бұрын басқа сұраумен келген. Жаңа сұрауға жаңа кілт қолданыңыз.
problem-app_outdated = Қосымшаны жаңарту керек
    .detail = Қосымшаның бұл нұсқасына енді қызмет көрсетілмейді. Қосымшалар дүкенінен жаңасын орнатып, жалғастырыңыз.
problem-rate_limited = Сұраулар тым көп
    .detail = Retry-After ішінде көрсетілген секунд күтіп, қайталап көріңіз.
problem-headers_too_large = Тақырыптар тым үлкен
    .detail = Тақырыптардың көлемі шектен асады. Азырақ немесе қысқарақ жіберіңіз.
problem-internal = Біздің тараптағы қате
    .detail = Серверде қате болды. Кейінірек қайталап көріңіз, ал қолдау қызметіне жазғанда сұрау нөмірін көрсетіңіз.
problem-unavailable = Уақытша қолжетімсіз
    .detail = Сервис қазір жауап бере алмайды, ештеңе өзгерген жоқ. Retry-After ішінде көрсетілген секундтан кейін қайталаңыз.

## Бір өрістегі қате.

fault-required = бұл өріс міндетті
fault-unknown = мұндай өріс жоқ
fault-wrong_type = мәннің түрі дұрыс емес
fault-too_long = мән тым ұзын
fault-too_short = мән тым қысқа
fault-out_of_range = мән рұқсат етілген шектен тыс
fault-bad_format = мәннің пішімі дұрыс емес
fault-bad_check_digit = бақылау цифры сәйкес емес
fault-bad_characters = мәнде рұқсат етілмеген таңбалар бар
fault-unknown_value = мұндай мән ықтимал мәндер арасында жоқ
fault-in_the_past = бұл уақыт өтіп кеткен
fault-in_the_future = бұл уақыт әлі келген жоқ
fault-not_asked = бұл мұнда сұралмайды
fault-duplicate = мән екі рет берілген
fault-too_common = мәнді табу тым оңай
fault-send_as_jpeg = мұндай суреттер қабылданбайды: JPEG немесе PNG пішімінде жіберіңіз
fault-card_number = банк карталарының нөмірлері мұнда қабылданбайды

## Хабарламалар. СМС 70 таңбадан аспайды.

sms-code = Код: { $code }. Оны ешкімге, тіпті клиникаға да айтпаңыз.
sms-visitor = Сізді қабылдауға жазды. Толығын жазған адамнан біліңіз.
sms-visitor-cancelled = Сіз жазылған қабылдау тоқтатылды.
mail-code-subject = Кіру кодыңыз
mail-code-body =
    Кіру кодыңыз: { $code }

    Оны ешкімге айтпаңыз: клиника оны ешқашан сұрамайды.
    Егер код сұрамаған болсаңыз, бұл хатты елемеңіз.
sms-contact-code = Байланысты өзгерту коды: { $code }. Оны ешкімге айтпаңыз.
mail-contact-code-subject = Мекенжайды растау коды
mail-contact-code-body =
    Осы мекенжайды растау коды: { $code }

    Оны ешкімге айтпаңыз: клиника оны ешқашан сұрамайды.
    Егер код сұрамаған болсаңыз, бұл хатты елемеңіз.
sms-address-left = Бұл нөмірмен кіру өшірілді. Сіз емес пе? Клиникаға хабарласыңыз.
mail-address-left-subject = Бұл мекенжаймен кіру өшірілді
mail-address-left-body = Бұл мекенжаймен кіру өшірілді. Егер мұны сіз жасамаған болсаңыз, клиникаға хабарласыңыз.

## The slip with a patient's login and password.

slip-title = Кабинетіңізге кіру
slip-address = Қайда кіру керек
slip-login = Логин
slip-password = Бір реттік құпиясөз
slip-until = Құпиясөз { $day } дейін жарамды.
slip-first = Кіріп, бірден өз құпиясөзіңізді қойыңыз: оған дейін басқа ештеңе істемейді. Логині енгізілген кіру бетін ашу үшін телефон камерасын шаршыға бағыттаңыз.
slip-lost = Жоғалттыңыз ба? Кез келген тіркеу бөліміміз жеке басты куәландыратын құжат бойынша жаңасын береді. Құпиясөз телефонмен, поштамен және сайтта қалпына келтірілмейді, қызметкерлер оны сұрамайды.

## Дәрігерлердің мамандықтары.

speciality-allergology = Аллергология
speciality-cardiology = Кардиология
speciality-dentistry = Стоматология
speciality-dermatology = Дерматология
speciality-endocrinology = Эндокринология
speciality-familyMedicine = Отбасылық медицина
speciality-gastroenterology = Гастроэнтерология
speciality-gynaecology = Гинекология
speciality-haematology = Гематология
speciality-infectiousDiseases = Жұқпалы аурулар
speciality-nephrology = Нефрология
speciality-neurology = Неврология
speciality-oncology = Онкология
speciality-ophthalmology = Офтальмология
speciality-otorhinolaryngology = Оториноларингология
speciality-paediatrics = Педиатрия
speciality-psychiatry = Психиатрия
speciality-psychology = Психология
speciality-pulmonology = Пульмонология
speciality-rheumatology = Ревматология
speciality-surgery = Хирургия
speciality-therapy = Терапия
speciality-traumatology = Травматология және ортопедия
speciality-ultrasound = Ультрадыбыстық диагностика
speciality-urology = Урология

## Жеке деректер: сыныптарда не бар, неге ашуға болды, қалай жойылды.

class-identity = Аты-жөні, туған күні, жынысы, құжат нөмірлері және полистер
class-contact = Телефондар, электрондық пошта, құрылғылар және сеанстар
class-clinical = Медициналық құжаттар, қабылдаулар, дәрігерлермен хат алмасу
class-billing = Есептелген сомалар, төлемдер және чектер
class-evidence = Келісімдер, саясатты қабылдау және өтініштер
class-support = Қолдауға жүгінулер, экран суреттері және пікірлер
class-telemetry = Пайдалану статистикасы және ақаулар туралы мәліметтер
class-recording = Қоңырау жазбалары
class-security = Кірулер және желілік мекенжайлар
class-staff = Қызметкер тіркелгісінің деректері
basis-booking = Сіз қабылдауға жазылғансыз
basis-referral = Сізді дәрігер жолдаған
basis-contract = Сіз тарап болып табылатын шарт
basis-share = Сіз өзіңіз бөліскенсіз
basis-moderation = Сіз тексеруді күткен пікір қалдырдыңыз
basis-ticket = Сіз қолдауға жүгінгенсіз
basis-desk = Сіз тіркеу бөліміне жүгіндіңіз
basis-numberClaim = Басқа адам нөмірлеріңіздің бірі өзінікі екенін растады
basis-firstReader = Сізді емдейтін дәрігер экран суретіндегі жеке деректерді белгіледі
basis-representation = Сіздің заңды өкіліңіз ретінде
basis-author = Жазбаның авторы
basis-held = Сақталған жазба негізі көрсетіліп ашылды
basis-breakGlass = Шұғыл жағдай, негізі көрсетілген
basis-certificate = Жою туралы куәлік оқылды
basis-conversation = Сіз дәрігермен немесе клиникамен хат алмасасыз
basis-lead = Сізбен байланысуды сұрағансыз
basis-request = Сіз өз деректеріңіз туралы өзіңіз немесе қызметкер арқылы сұрадыңыз
basis-other = Басқа себеп, ол журналға жазылған
object-patient = Сіздің профиліңіз
object-numberClaim = Даулы нөмір
object-insurancePolicy = Сақтандыру полисі
object-document = Құжат
object-booking = Қабылдау
object-representation = Өкілдік
object-ticket = Қолдауға жүгіну
object-screenshot = Экран суреті
object-conversation = Хат алмасу
object-message = Хабарлама
object-feedback = Пікір
object-charge = Төлем есебі
object-lead = Өтініш
object-request = Деректер туралы сұрау
object-certificate = Жою туралы куәлік
erasure-method-cryptoErasure = Деректер кілттері жойылды; олармен жабылғанды енді оқу мүмкін емес, сақтық көшірмелерде — орауыш кілт аяқталғанда
erasure-reason-subjectRequest = Адамның өз өтініші бойынша

## Хат алмасу: оның үстінде не тұрады.

conversation-notice-doctor = Мұны тек сіз және дәрігер оқиды. Дәрігер бірден жауап бермеуі мүмкін: шұғыл жағдайда { $phone } нөміріне қоңырау шалыңыз.
conversation-notice-operator = Мұны клиниканың тіркеу бөлімі оқиды, олар медицина қызметкерлері емес: бұл жерде денсаулығыңыз туралы жазбаңыз. Шұғыл жағдайда { $phone } нөміріне қоңырау шалыңыз.

## Өз деректерінің мұрағаты.

export-title = Сіздің деректеріңіз, { $day }
export-about = Бұл мұрағатта сервистің сіз туралы білетіні бар. { $data } қалтасында сол деректер { $format } пішімінде, { $files } қалтасында құжаттарыңыз. { $manifest } әр файлды { $hash } мәнімен атайды, ал { $signature } оған { $key } кілтімен қол қояды. Мұнда басқа адамдардың деректері жоқ.
export-room-identity = Сіз кімсіз
export-room-privacy = Келісімдеріңіз және кім қарады
export-room-devices = Құрылғыларыңыз
export-room-telemetry = Қосымшаны қалай пайдаланасыз
export-room-notifications = Сізге не хабарланды
export-room-documents = Құжаттарыңыз
export-room-billing = Есептер мен төлемдер
export-room-scheduling = Қабылдауларыңыз
export-room-consultations = Хат алмасуларыңыз
export-room-support = Өтініштер мен пікірлер
export-room-reception = Тіркеу бөлімі
export-part-account = Тіркелгі
export-part-sessions = Кірулер
export-part-attestations = Деректерді растауларыңыз
export-part-formerAddresses = Бұрынғы мекенжайлар
export-part-credentials = Логин және құпиясөз
export-part-acceptances = Қабылданған саясаттар
export-part-consents = Келісімдер
export-part-freezes = Қолжетімділікке тыйым және оны алу
export-part-identityChecks = Жеке басты тексерулер
export-part-emergencies = Шұғыл ашулар
export-part-accessLog = Деректеріңізді кім ашты
export-part-purposes = Деректер не үшін пайдаланылады
export-part-retention = Деректер қанша сақталады
export-part-documents = Құжаттар
export-part-recordIdentities = Медициналық картада кім болып жазылғансыз
export-part-bookings = Қабылдаулар
export-part-waitingList = Сіз не күтіп тұрсыз
export-part-offers = Ұсынылған уақыт
export-part-reminders = Еске салулар
export-part-calendarFeeds = Жеке күнтізбелер
export-part-bookingWishes = Қабылдауға тілектер
export-part-episodes = Емдеу курстары
export-part-registrations = Сізді кім тіркеді
export-part-rightsNotices = Құқықтар туралы хабарламалар
export-part-merges = Біріктірілген тіркелгілер
export-field-state = Күйі
export-field-createdAt = Жасалған
export-field-at = Қашан
export-field-title = Атауы
export-field-file = Файл
export-field-fileName = Файл аты
export-field-authorName = Авторы
export-field-startsAt = Басталуы
export-field-endsAt = Аяқталуы
export-field-doctorName = Дәрігер
export-field-from = Басы
export-field-to = Соңы
export-field-part = Күн бөлігі
export-field-endedAt = Аяқталды
export-field-until = Дейін
export-field-dueAt = Мерзімі
export-field-clinicName = Клиника
export-field-serviceName = Қызмет
export-field-complaint = Шағым
export-field-staffName = Қызметкер
export-field-staffRole = Рөлі
export-field-basis = Негізі
export-field-reason = Себебі
export-field-surname = Тегі
export-field-givenName = Аты
export-field-patronymic = Әкесінің аты
export-field-birthDate = Туған күні
export-field-contacts = Байланыс
export-field-profile = Профиль
export-field-deviceName = Құрылғы
export-field-text = Мәтін
export-field-rule = Норма

## Хабарландырулар. Сыртқа тек хабар бар екені шығады; тақырып пен мәтін кіргеннен кейін көрінеді.

notice-sms = Клиника қосымшасында сізге хабарлама бар.
notice-mail-subject = Сізге хабарлама бар
notice-mail-body = Клиника қосымшасында сізге хабарлама бар. Оқу үшін қосымшаны ашыңыз.
notice-bookingConfirmed = Қабылдау тағайындалды
    .body = Уақыты мен орнын көру үшін жазылуды ашыңыз.
notice-bookingCancelled = Қабылдау тоқтатылды
    .body = Уақыт қайтадан бос. Басқасын таңдай аласыз.
notice-bookingMoved = Қабылдау ауыстырылды
    .body = Жаңа уақыты мен орнын көру үшін жазбаны ашыңыз.
notice-paymentNeeded = Төлем күтілуде
    .body = Уақыт бірнеше минут сақталады. Қабылдауды растау үшін төлеңіз.
notice-paymentFailed = Төлем өтпеді
    .body = Ақша алынған жоқ. Қайталап көріңіз немесе басқа тәсілді таңдаңыз.
notice-refundMade = Ақша қайтарылды
    .body = Ақша төленген жолмен қайтады; банкке бірнеше күн керек болуы мүмкін.
notice-messageReceived = Жаңа хабарлама
    .body = Оқу және жауап беру үшін хат алмасуды ашыңыз.
notice-documentAdded = Жаңа құжат
    .body = Дәрігер картаңызға құжат қосты.
notice-ticketAnswered = Қолдау қызметі жауап берді
    .body = Жауапты оқу үшін өтінішіңізді ашыңыз.
notice-exportReady = Деректеріңіз дайын
    .body = Мұрағатты бірнеше күн ішінде жүктеп алуға болады.
notice-freezeChanged = Деректеріңізге қолжетімділік өзгерді
    .body = Тыйым қойылды немесе алынды. Бұл сіз болмасаңыз, клиникаға бірден хабарласыңыз.
notice-credentialsReplaced = Сізге жаңа логин мен құпиясөз берілді
    .body = Тіркеу бөлімі құжатты тексеріп, оларды ауыстырды. Бұл сіз болмасаңыз, клиникаға бірден хабарлаңыз.
notice-identifierChanged = Профиліңіздегі нөмір өзгерді
    .body = Клиника нөмірдің кімдікі екенін анықтады: ол профиліңізге қосылды немесе одан шығарылды. Бұл қате болса, клиникаға хабарласыңыз.
notice-feedbackAsked = Қабылдау қалай өтті?
    .body = Бір минутта айтып беріңіз: бұл жақсаруға көмектеседі.
notice-emergencyAccess = Дәрігер шұғыл жағдайда картаңызды ашты
    .body = Ол себебін көрсетті, клиника оны тексереді. Кім екені қолжетімділік журналында тұр.
notice-emergencyAlert = Карта шұғыл жағдайда ашылды
    .body = Дәрігер көрсеткен себепті оқып, тексеріңіз.
notice-sessionReplayed = Сеанс аяқталды
    .body = Сеансыңызды біреу екінші рет пайдалануы мүмкін, сондықтан ол аяқталды. Құрылғыларыңызды тексеріңіз.
notice-contactChanged = Байланыс деректеріңіз өзгерді
    .body = Кіруге арналған телефон немесе электрондық пошта қосылды, өзгертілді не жойылды. Егер бұл сіз болмасаңыз, бірден клиникаға хабарласыңыз.
notice-deletionBegun = Тіркелгіні жою басталды
    .body = Оны сізге айтылған күнге дейін болдырмауға болады.
notice-representationChanged = Өкілдер өзгерді
    .body = Біреу басқа адам үшін әрекет ету құқығын алды немесе одан айырылды. Көру үшін қосымшаны ашыңыз.
notice-offerMade = Уақыт босады
    .body = Ол сіз үшін аз уақыт сақталады. Қабылдау немесе бас тарту үшін ұсынысты ашыңыз.
notice-requestChanged = Деректеріңіз туралы сұрау
    .body = Сұрауыңыз бойынша жаңалық бар. Оқу үшін сұрауды ашыңыз.
notice-requestReceived = Сұрау келіп түсті
    .body = Біреу өз деректері туралы сұрап отыр. Мерзім басталды.
notice-requestDue = Сұраудың мерзімі жақындады
    .body = Мерзім жақында бітеді. Жауап беріңіз немесе негіздеп ұзартыңыз.
notice-requestOverdue = Сұраудың мерзімі өтіп кетті
    .body = Мерзім өтті, ал жауап берілмеді.
notice-visitReminder = Жақында қабылдау бар
    .body = Уақыты мен орнын көру үшін жазылуды ашыңыз.
reminder-sms = Еске салу: алда не барын көру үшін клиника қосымшасын ашыңыз.
reminder-mail-subject = Еске салу
reminder-mail-body = Клиника қосымшасында алда не күтіп тұрғаны туралы еске салу бар. Оқу үшін қосымшаны ашыңыз.
calendar-visit = Қабылдау
calendar-busy = Бос емес
notice-marketing = Клиника жаңалықтары
    .body = Толығырақ білу үшін қосымшаны ашыңыз.
campaign-news = Клиника жаңалықтары
    .body = Сізге арналған жаңалық бар. Толығырақ білу үшін қосымшаны ашыңыз.

visit-slip-title = Қабылдау
visit-slip-patient = Пациент
visit-slip-when = Қашан
visit-slip-doctor = Дәрігер
visit-slip-service = Қызмет
visit-slip-where = Қайда
visit-slip-phone = Телефон
visit-slip-bring = Жеке басыңызды куәландыратын құжатты ала келіңіз. Он минут ерте келуіңізді сұраймыз.
visit-slip-cancel = Қабылдаудан бас тарту үшін клиникаға қоңырау шалыңыз немесе тіркеу бөліміне келіңіз.

## Who may call an operation, in the order of access.

caller-anyone = Кез келген адам
caller-self = Пациент, өзі туралы
caller-doctor = Дәрігер
caller-reception = Тіркеу бөлімі
caller-callCentre = Байланыс орталығы
caller-support = Қолдау қызметі
caller-insurer = Сақтандыру компаниясы
caller-officer = Дербес деректерге жауапты
caller-auditor = Аудитор
caller-administrator = Әкімші
