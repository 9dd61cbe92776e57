-- meaning: what the customer wrote to support in the last 30 days, by key words
-- trust: stated
-- here: marks on letters, words and their number in languages of any script
-- fact: support.messages count : messages from the customer
-- fact: support.reported_unauthorised flag : whether one of them speaks of a transaction or login the customer did not make
-- fact: support.mentions_travel flag : whether one of them speaks of travelling
-- label: support.messages : messages from the customer
-- label: support.reported_unauthorised : a report of something the customer did not do
-- label: support.mentions_travel : a mention of travel
-- unknown: support.reported_unauthorised : no message is known to, and one has no text, or is in no language that is read
-- unknown: support.mentions_travel : no message is known to, and one has no text, or is in no language that is read
-- Key words find what is said plainly in English, German, Spanish, French, Portuguese, Italian, Russian, Polish, Turkish or
-- Chinese, with marks on letters or without. One that is denied (not stolen) does not count. A message is read where at
-- least a sixth of its words are common ones of those languages; addresses and marks of a page are no words. A customer may
-- say anything.
WITH written AS (
  SELECT TRANSLATE(STRIP_ACCENTS(LOWER(NULLIF(TRIM(body), ''))), 'ßłı', 'sli') AS body
  FROM support_messages
  WHERE customer_id = :customer_id AND direction = 'customer'
    AND "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '30' DAY
), worded AS (
  SELECT body,
    ' ' || REGEXP_REPLACE(REGEXP_REPLACE(body, '<[^<>]*>|https?://\S+|\S+@\S+', ' ', 'g'), '[^\p{L}]+', '  ', 'g') || ' ' AS words
  FROM written
), heard AS (
  SELECT
    REGEXP_REPLACE(body,
      '(\bnot|\b(is|are|was|were|has|have|had) ?n.?t|\bnever|\bnothing|\bnobody|\bno one|\bno|\bnichts?|\bkeine?n?|\bpas|\baucune?|\bnao|\bnon|\bnessuna?|\bnie) ((was|were|been|is|has|have|had|a|an|any|me|nos|fue|fui|foi|ha|he|hay|han|houve|es|un|una|sido|de|ete|stato|stata|mi|hanno|zostalo|bylo|by) )*(hack(ed|ers?|ing)|hijacked|stolen|stole|compromised|scammed|unauthori[sz]ed|frauds?|fraudulent|fraude|robbed|theft|gehackt|gestohlen|betrug|hackead[oa]|robad[oa]|robaron|robo|vole|pirate|roubad[oa]|rubat[oi]|hackerat[oa]|frode|truffa|skradzione|ukradzione|oszustwo)\b' ||
      '|\banti.?fraud|\bfraud.?(team|department|desk|unit|check|alert|warning|prevention|protection|detection|policy|systems?|filter|form)\b|\b(prevent|avoid|against|suspect(ed)?( me)?( of)?|accused?( me)?( of)?) fraud\b' ||
      '|\bdid ?(not|n.?t) (withdraw|send|transfer|move) [^.!?]*\byet\b|\bhabe? [^.!?]*noch nicht\b|\bbetrug (\d|etwa|ca|nur|genau|insgesamt|rund)|(еще|пока) не |не (взлом|украл|украден)|\b(jeszcze nie|henuz) |[没沒未]有?[被遭][盗盜偷黑骗騙]', ' ', 'g') AS body,
    6 * LEN(REGEXP_EXTRACT_ALL(words,
    ' (' ||
    'about|again|all|already|also|always|an|and|another|any|anybody|anyone|are|available|back|' ||
    'because|been|before|being|but|by|can|cannot|card|change|changed|check|coins|colleague|confirm|' ||
    'could|customer|dear|deposit|deposits|did|didn|does|doesn|doing|don|done|each|every|everything|' ||
    'explain|few|for|from|further|had|has|hello|her|hey|hi|his|how|i|if|instead|into|it|its|' ||
    'just|know|last|like|locked|long|money|more|my|myself|need|never|new|next|no|nobody|not|' ||
    'nothing|now|of|ok|okay|old|only|or|other|our|out|own|payment|payments|phone|please|really|' ||
    'receive|received|say|says|sent|she|should|since|solved|some|somebody|someone|something|soon|' ||
    'still|support|take|takes|than|thank|thanks|that|the|their|them|then|there|these|they|this|' ||
    'those|through|to|today|too|trip|unlock|until|used|verification|verified|verify|very|wallet|' ||
    'want|wanted|was|wasn|were|what|when|where|which|while|who|whose|why|will|with|withdraw|' ||
    'withdrawal|withdrawals|without|won|work|working|would|wrong|yes|yesterday|yet|you|your|yours' ||
    '|aber|alles|als|andere|anderen|auch|auf|aus|auszahlung|auszahlungen|bin|bitte|danke|das|dass|' ||
    'dein|dem|diese|diesen|dieser|dieses|durch|eine|einem|einen|einer|einzahlung|fur|gibt|habe|' ||
    'haben|hallo|hatte|ich|ihnen|ihr|ihre|ihrem|ihren|ist|jetzt|kann|kein|keine|keinen|konnen|' ||
    'kontos|lange|mehr|mein|meine|meinem|meinen|meiner|mich|mir|nach|nicht|nichts|noch|nur|oder|' ||
    'schon|sehr|sich|sie|sind|sondern|uber|uberweisung|und|uns|unser|von|vor|wann|warum|weil|' ||
    'wenn|wer|werden|wieder|wird|woher|wurde|wurden|zum|zur' ||
    '|ahora|alguien|antes|aqui|aun|ayer|ayuda|cambiar|como|con|cual|cuando|cuanto|cuenta|deposito|' ||
    'depositos|desde|dinero|donde|el|ella|ellos|entre|eso|esta|estaba|estan|estas|este|esto|estos|' ||
    'estoy|favor|fue|gracias|habia|hace|hasta|hola|hoy|las|los|mas|mis|mucho|muy|nada|necesito|' ||
    'ninguno|nuevo|para|pero|por|porque|puede|pueden|puedo|que|quien|quiero|retiro|retiros|saldo|' ||
    'sobre|solo|somos|soy|sus|tarda|tarjeta|tengo|tiene|todo|todos|una|uno|usted|ustedes|ya|yo' ||
    '|alors|aussi|autre|avec|avez|avoir|avons|banque|bonjour|carte|cela|cette|combien|comment|' ||
    'compte|dans|depot|depots|depuis|des|deux|elle|encore|est|etait|etes|etre|faire|fait|faut|' ||
    'ici|il|ils|jamais|je|les|leur|lui|mais|merci|mes|moi|moins|mon|nous|nouveau|ont|par|parce|' ||
    'pas|personne|peut|peux|plait|plus|pour|pourquoi|pouvez|quand|quel|quelle|quelqu|quels|rien|' ||
    'sans|ses|sont|sous|suis|sur|toujours|tous|tout|tres|trop|une|vers|virement|vos|votre|vous' ||
    '|agora|ainda|ajuda|alguem|bom|cartao|com|conta|dinheiro|ela|ele|eles|essa|esse|estao|estou|' ||
    'foi|fui|gostaria|hoje|isso|isto|ja|meu|meus|minha|minhas|muito|nao|nenhum|nos|obrigada|' ||
    'obrigado|ola|onde|ontem|outra|pela|pelo|posso|preciso|qual|quando|quanto|quem|quero|sao|' ||
    'saque|saques|sem|senha|seu|sua|tambem|tenho|tudo|um|uma|voce|voces' ||
    '|adesso|aiuto|alla|alle|anche|ancora|avete|buongiorno|che|chi|ciao|come|conto|cosa|cui|dalla|' ||
    'del|della|delle|dello|dopo|dove|ero|essere|fatto|gli|grazie|hanno|ho|ieri|io|lei|loro|mai|' ||
    'mia|mie|miei|mio|molto|nei|nel|nella|nessuno|non|nostro|oggi|perche|piu|possibile|prelievi|' ||
    'prelievo|prima|qualcuno|quale|quella|quello|questa|queste|questi|questo|salve|sempre|senza|' ||
    'siamo|siete|soldi|sono|stata|stato|sulla|suo|tutti|tutto|vorrei|vostro' ||
    '|аккаунт|без|был|была|были|было|вам|вас|ваш|вопрос|вот|все|всех|вы|вывод|вывода|где|даже|' ||
    'день|деньги|депозит|для|добрыи|его|ее|если|есть|еще|здравствуите|из|или|их|как|карта|карту|' ||
    'когда|кошелек|кто|меня|мне|много|мог|могу|моего|моеи|моем|мои|моих|мою|моя|мы|надо|нам|' ||
    'нас|наш|нет|никогда|ничего|нужно|она|они|очень|перевод|перевода|пожалуиста|помогите|после|' ||
    'почему|при|привет|просто|прошу|сам|себя|сегодня|сеичас|сколько|снова|спасибо|средства|счет|' ||
    'счета|так|там|теперь|тоже|только|тут|уже|хотел|хочу|чем|через|что|чтобы|эта|эти|это|этого|' ||
    'этои|этом|этот|эту|я' ||
    '|aby|albo|bardzo|bez|bylem|bylo|chce|chcialbym|czesc|czy|dla|dlaczego|dobry|dziekuje|' ||
    'dziekujemy|dzien|gdzie|jest|jestem|jeszcze|juz|kiedy|konta|konto|ktora|ktory|ktos|mnie|moge|' ||
    'moim|moj|moja|moje|mojego|mojej|nic|nie|nigdy|oraz|pan|pani|pieniadze|pieniedzy|pomoc|' ||
    'poniewaz|prosze|przelew|przelewu|przez|srodki|swoje|tego|tej|teraz|tylko|wczoraj|wiem|wplata|' ||
    'wszystko|wyplata|wyplate|wyplaty|zeby|zostal|zostala|zostalo|zostaly' ||
    '|acaba|ama|artik|bana|beni|benim|bir|biri|birisi|bu|bugun|cekim|cekme|cekmek|cok|cunku|daha|' ||
    'degil|evet|fakat|gibi|gun|hayir|hemen|hesabim|hesabima|hesabimdan|hesabimi|hesap|hic|icin|ile|' ||
    'iyi|kadar|kart|lutfen|merhaba|nasil|neden|nerede|olan|olarak|oldu|ondan|onun|param|parami|' ||
    'sadece|selam|siz|sizin|sonra|tamam|tekrar|tesekkur|tesekkurler|tum|ve|veya|yardim|yatirma|yok|' ||
    'zaman' ||
    ') |[我你您吗请没这们么谢账钱什帐户吧嗎請這們麼謝帳錢沒戶]'
    )) >= LEN(REGEXP_EXTRACT_ALL(words, '\p{L}+')) AS readable
  FROM worded
)
SELECT
  COUNT(*) AS "support.messages",
  COUNT(CASE WHEN REGEXP_MATCHES(body,
    'unauthori[sz]ed|\bhack(ed|ers?|ing)?\b|hijack|\bstolen?\b|compromised|phish|scammed|\bfraude?(s|sters?|ulent(ly)?)?\b|\bthie(f|ves)\b|\btheft\b|\brobbed\b' ||
    '|\bdid ?(not|n.?t) (make|do|authori[sz]e|request|initiate|approve)\b|\bdid ?(not|n.?t) (withdraw|send|transfer|move) (this|that|it|these|those|the|any|my|money)\b' ||
    '|\bi (do|did|can) ?(not|n.?t) recogni[sz]e|\b(know|knew) nothing (about|of)\b|\bwithout my (knowledge|permission|consent|approval|authori[sz]ation)\b' ||
    '|(\bnot|\bnever|\b(is|are|was|were|has|have|had) ?n.?t) (authori[sz]ed|initiated|mine)\b|\b(was|is) ?n.?t me\b|\bnot me\b|not by me\b|locked out' ||
    '|(\bnot|\bnever|\b(is|are|was|were|has|have|had) ?n.?t) (made|done|requested|approved|recogni[sz]ed|sent|withdrawn|transferred) (by me|it|this|that|these|those|the|such)\b' ||
    '|\bnever (made|sent|withdrew|transferred|requested|approved) (it|this|that|these|those|such|any (money|transfer|withdrawal|payment))\b' ||
    '|(someone|somebody) (else )?(is|was|has been|got|logged|broke) in(to)? my account|someone else (has|had|is|was|logged|used|got|took)' ||
    '|(someone|somebody|strangers?) (else |has |have |had )*(took|taken|emptied|drained|withdrew|withdrawn|cleaned out)\b' ||
    '|\b(money|funds|coins|balance|savings|bitcoins?|crypto|everything) (is|are|was|were|has|have|had|all|just|been|suddenly|now| )*(gone|vanished|disappeared)\b' ||
    '|gehackt|gekapert|gestohlen|\b(ge|be)klaut|betrug\b|betrogen|\bbetruger|\bdieb(e|stahl)?\b|nicht (autorisiert|veranlasst|genehmigt|von mir)|nicht ich\b|ich war (das|es) nicht' ||
    '|\bich habe? [^.!?]*nicht (selbst )?(abgehoben|uberwiesen|gesendet|geschickt|ausgezahlt|getatigt|gemacht|vorgenommen|beauftragt)' ||
    '|\bohne meine?r? (zustimmung|erlaubnis|wissen|einwilligung|genehmigung)|\b(geld|guthaben) [^.!?]*(\bweg\b|verschwunden)|\bjemand [^.!?]*(in meine?m? konto|mein (konto|geld)|abgehoben|eingeloggt)' ||
    '|no (he |hemos )?autoriza|no (fui|he sido|era) yo|no reconozco|hackea|\brobad|\brobar|\brobo\b|\bladron|\bestaf|sin mi (permiso|autorizacion|consentimiento|conocimiento)' ||
    '|\bno (he )?(hice|hecho|realice|realizado|solicite|solicitado|retire|retirado|envie|enviado|transferi|transferido) (yo )?(es[aeo]|est[aeo]|ningun)' ||
    '|\b(alguien|otra persona) [^.!?]*(entro|entrado|accedi|retiro|retirado|saco|sacado|llevo|llevado)\b|\b(dinero|fondos|saldo) [^.!?]*desapareci' ||
    '|non autoris|pas autoris|pas moi|\bpirat(er?|age|ee?s?)\b|\bvole[es]*\b|\bvoleurs?\b|escroqu|arnaqu|usurp|reconnais pas|sans mon (accord|autorisation|consentement)' ||
    '|\bn.?ai (pas|jamais) (fait|effectue|demande|autorise|valide|retire|envoye|transfere|initie) (moi.meme )?(ce|cet|cette|ces|ca|cela|de (retrait|virement|transfert))\b' ||
    '|\bquelqu.?un [^.!?]*(dans mon compte|a (pris|retire|vide|utilise)|acced)|\bargent [^.!?]*(disparu|envole)' ||
    '|nao (fui|era|sou) eu|nao (autorizei|reconheco)|hackead|invadi(da|do|ram|u)\b|\broub(ad|aram|ou)|\broubo\b|\bfurt(ad|aram|o)|\bgolp(e|ista)s?\b|clonad|sem (a )?minha (autorizacao|permissao)' ||
    '|\bnao (fiz|realizei|solicitei|saquei|retirei|enviei|transferi) (ess|est|isso|isto|nenhum)|\b(alguem|outra pessoa) [^.!?]*(entrou|acessou|levou|tirou|sacou|pegou)|\b(dinheiro|saldo) [^.!?]*(sumiu|desapareceu)' ||
    '|non (sono|ero) (stat[oa] )?io|non (ho )?(mai )?autorizzat|non riconosco|hackerat|violato|\brubat|\bderubat|\btruff|\bfrod[ei]|\bfurto\b|\bladr[oi]|senza (la )?(mia|il mio) (autorizzazione|permesso|consenso)' ||
    '|\bnon ho (mai )?(fatto|effettuato|richiesto|inviato|prelevato|trasferito) (io )?(quest|quel)|\b(qualcuno|altra persona) [^.!?]*(entrat|preso|prelevato|svuotato|acced)|\b(soldi|denaro) [^.!?]*(sparit|scompars)' ||
    '|(^|[^\p{L}])не я([^\p{L}]|$)|взлом|украл|украден|краж|мошенн|обокрал|похитил|не узнаю|без моего (ведома|согласия|разрешения)|(деньги|средства) [^.!?]*(пропал|исчез)|(пропал|исчез)[^.!?]* (деньги|средства)' ||
    '|(^|[^\p{L}])не (делал|совершал|выводил|отправлял|переводил|снимал|подтверждал|разрешал|запрашивал)|кто-то [^.!?]*(зашел|вошел|вывел|снял|перевел|забрал|взял|получил доступ)' ||
    '|\b(to )?nie ja\b|\bwlama|zhac?kowa|\bhakerz?|ukrad(l|zi)|skradzi|kradziez|zlodziej|\boszu(st|ka)|wyludz|nie rozpoznaje|bez mojej (zgody|wiedzy)|\b(pieniadze|srodki) [^.!?]*(zniknel|przepad)|(zniknel|przepad)[^.!?]* (pieniadze|srodki)' ||
    '|\bnie (autoryzowal|zlecal|zlecil|robil|zrobil|wykonal|wykonywal|wyplacal|wyplacil|wysylal|wyslal|przelewal|przelal|zatwierdzal|zatwierdzil)[ae]m|\bktos [^.!?]*(zalogowal|wszedl|wyplacil|zabral|wzial|przejal)' ||
    '|\bben(im)? degil|bana ait degil|ben yapmadim|\b(cekmedim|gondermedim|onaylamadim|yetki vermedim|talep etmedim)|calin(di|mis)|\bcal(di|mis)|hacklen|heklen|ele gecir|dolandir|hirsiz|tanimiyorum' ||
    '|\b(birisi|biri|baskasi) [^.!?]*(hesabima gir|girdi|girmis|cekti|cekmis)|(iznim|bilgim) (olmadan|disinda)|\bparam[^.!?]* (gitti|gitmis|yok oldu|kayboldu)' ||
    '|[被遭](盗|盜|偷|黑|骗|騙)|盗[取刷用走]|盜[取刷用走]|偷[走了]|黑客|駭客|诈骗|詐騙|欺诈|欺詐|骗子|騙子|不是(我|本人)|非本人|[未没沒]有?(经|經)?(我|本人)?(授权|授權|许可|許可|同意)' ||
    '|我(并|並|从|從)?[没沒未](有)?(进行|進行|操作|发起|發起|提|转|轉|授|申请|申請|同意|汇|匯)|钱都?(不见|没|消失)|錢都?(不見|沒|消失)|(有人|别人|別人|他人)[^。！？]*(登录|登錄|登入|转走|轉走|拿走|提走)'
  ) THEN 1 END) > 0 OR CASE WHEN COUNT(CASE WHEN readable THEN 1 END) = COUNT(*) THEN FALSE END AS "support.reported_unauthorised",
  COUNT(CASE WHEN REGEXP_MATCHES(body,
    '\b(travel(l?ing|s|led)?|trip|abroad|vacation|holidays?|on (a )?business in|airport|flight|flying to|visiting|roaming|reise|urlaub|im ausland|viaj(e|ando|o)|vacaciones|voyage|en vacances' ||
    '|viage(m|ns)|ferias|no exterior|in viaggio|viaggi(o|ando)|in vacanza|all.?estero|podrozy?|podrozuje|za granica|urlopie|wakacjach|seyahat(te|teyim)?|yurt ?disinda(yim)?|tatilde(yim)?)\b' ||
    '|путешеств|в поездке|за границ|в отпуске|командировк|旅行|旅游|旅遊|出差|国外|國外|度假'
  ) THEN 1 END) > 0 OR CASE WHEN COUNT(CASE WHEN readable THEN 1 END) = COUNT(*) THEN FALSE END AS "support.mentions_travel"
FROM heard;

-- exhibit: quotes What the customer wrote to support
SELECT "at", body AS text FROM support_messages
WHERE customer_id = :customer_id AND body IS NOT NULL AND direction = 'customer'
  AND "at" <= CAST(:as_of AS TIMESTAMP) AND "at" > CAST(:as_of AS TIMESTAMP) - INTERVAL '30' DAY
ORDER BY "at" DESC, message_id
LIMIT 20;
