"""Words with which any sentence may begin, so that none of them says by itself what will follow."""

from weft.interaction_model.training.language.patterns import phrases

LINKS = phrases("""
    meanwhile | in the meantime | besides | besides that | apart from that | other than that |
    moreover | furthermore | what's more | on top of that | then again | still | even so | mind |
    now | now then | right | right then | all right | alright | okay so | okay then | yeah so |
    first | first of all | firstly | second | secondly | third | lastly | finally | at last |
    next | next up | after that | before that | before I forget | while I think of it |
    while we're at it | while I'm at it | while I have you | since you're here | since you ask |
    seeing as we're talking | speaking of which | talking of that | come to think of it |
    thinking about it | now that I think of it | that reminds me | on another note |
    on a different note | different subject | changing the subject | back to what I said |
    in other words | in short | in a nutshell | in brief | long story short | put simply |
    in any case | in that case | either way | anyhow | regardless | be that as it may |
    funnily enough | oddly enough | strangely | curiously | weirdly | interestingly |
    sadly | happily | luckily | fortunately | unfortunately | hopefully | thankfully |
    frankly | truthfully | seriously | personally | generally | basically | essentially |
    technically | strictly speaking | roughly speaking | broadly speaking | ideally |
    obviously | clearly | naturally | surely | certainly | definitely | undoubtedly |
    presumably | supposedly | allegedly | apparently | evidently | maybe | perhaps | possibly |
    probably | likely | to be fair | in fairness | to be clear | to be precise | to be sure |
    for instance | for example | for one thing | for starters | for now | for once |
    as a matter of fact | as it happens | as it turns out | as for me | as far as that goes |
    on the one hand | on the other hand | on reflection | on second thoughts | on balance |
    otherwise | instead | likewise | similarly | equally | conversely | nevertheless |
    nonetheless | however | though | yet | hence | thus | therefore | consequently |
    accordingly | as a result | all things considered | all in all | at the end of the day |
    when all is said and done | no offence | no rush | with respect | if I'm honest |
    if I remember right | if that makes sense | if you don't mind | if it's all the same to you
""")
"""They fit before a statement, a question and a request alike."""

SCENES = phrases("""
    yesterday | the other day | the day before yesterday | last night | last week | last summer |
    last winter | last autumn | last spring | last year | last month | years ago | long ago |
    a while ago | a while back | ages ago | not long ago | just now | a minute ago | earlier |
    earlier today | this morning | this afternoon | this evening | tonight | today | nowadays |
    these days | recently | lately | of late | at the moment | at present | right now |
    currently | every morning | every evening | every Friday | every now and then |
    once in a while | now and again | from time to time | sometimes | often | usually | mostly |
    normally | rarely | always | once | one day | one night | one evening | at first |
    in the beginning | in the end | eventually | later | later on | afterwards | soon |
    soon after | before long | suddenly | all of a sudden | out of the blue | out of nowhere |
    at noon | at midnight | at dawn | at dusk | at weekends | on Sundays | on Mondays |
    on weekdays | in January | in March | in June | in October | over Christmas | over Easter |
    over the holidays | during the war | during lunch | during the night | back then |
    back in the day | back home | in my day | in those days | when I was little |
    when I was young | as a child | as a girl | as a boy | as a student | at school | at work |
    at home | at church | at the office | at the market | in the kitchen | in the garden |
    in the attic | in the cellar | in the car | on the bus | on the train | on the way home |
    on the way here | on my street | on our street | in our village | in our family |
    in my opinion | in my experience | in my mind | upstairs | downstairs | outside | indoors |
    next door | across the road | down the road | up the hill | around the corner | over there |
    over here | out here | out there | down south | up north | far away | nearby | somewhere |
    everywhere | overnight | all day | all night | all week | all morning | half the time |
    most days | little by little | step by step | bit by bit | slowly | quickly | quietly |
    carefully | gently | together | alone | by myself | between us | with a bit of luck |
    by accident | by mistake | by chance | on purpose | for fun | for years | for weeks |
    for a long time | since then | since May | ever since | until now | until recently |
    according to my sister | according to the paper | thanks to you | thanks to my neighbour |
    because of the rain | in spite of it all | despite the rain | after lunch | after work |
    after the match | after a long day | before breakfast | before bed | without a word |
    instead of a holiday | instead of dinner | as usual | as always | as expected | as planned
""")
"""They tell when, where or how something was, as only a statement does it."""
