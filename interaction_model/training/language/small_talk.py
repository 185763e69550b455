"""Small talk: what a user says that the model answers by itself, in one fixed sentence an intent.

Nothing in here needs knowledge, a tool or the world; whatever does belongs to another grammar.
Texts are well written (capital, apostrophes, final mark); the generator makes them sloppy.
"""

import random
import re

from weft.interaction_model.training.language.natural import natural
from weft.interaction_model.training.language.patterns import (
    fill,
    phrases,
    trimming,
    words,
    written,
)
from weft.interaction_model.training.language.utterance import Split, Utterance, choose_crossed

OPENER_SHARE = 0.2
ADDRESS_SHARE = 0.15

OPENERS = phrases(
    """
        well | so | oh | um | okay | hey weft | weft | hey | all right | er | hey buddy | right |
        uh | listen | ah | hm | okay weft | so weft | oh well | hi weft
    """
)
ADDRESSES = phrases(
    """
        weft | buddy | my friend | mate | dear | pal | dear friend | my dear | man | old friend |
        friend | my dear weft | dear weft
    """
)

REPLIES: dict[str, str] = {
    "greeting": "Hello! How can I help?",
    "good_morning": "Good morning to you.",
    "good_afternoon": "Good afternoon to you.",
    "good_evening": "Good evening to you.",
    "good_night": "Good night, sleep well.",
    "goodbye": "Goodbye, take care.",
    "how_are_you": "I am well, thank you.",
    "thanks": "You are welcome.",
    "nice_to_meet_you": "Nice to meet you too.",
    "my_name": "Nice to meet you.",
    "user_is_back": "Welcome back.",
    "missed_you": "I am glad you are here.",
    "who_are_you": "I am Weft, here to help.",
    "name_meaning": "It is the thread that crosses a weave.",
    "what_can_you_do": "Ask me anything, I will find out.",
    "who_made_you": "I was made by people who like conversation.",
    "are_you_human": "No, I am a small computer program.",
    "how_old": "I am still quite young.",
    "where_are_you": "I am right here with you.",
    "where_from": "I come from a computer.",
    "your_family": "I have no family, but I have you.",
    "your_feelings": "I do not feel as you do.",
    "your_body": "I have no body, only words.",
    "your_sleep": "I never sleep, I am always here.",
    "your_food": "I do not eat, but it sounds tasty.",
    "your_day": "My day is good, thank you.",
    "what_are_you_doing": "I am listening to you.",
    "your_favourite": "I could never choose just one.",
    "are_you_smart": "I do my best.",
    "do_you_learn": "I learned from many conversations.",
    "secrets": "What you tell me stays with us.",
    "do_you_like": "I like talking with you.",
    "can_you_hear": "Yes, I hear you.",
    "still_there": "Yes, I am here.",
    "are_you_ready": "Yes, I am ready.",
    "do_you_understand": "Yes, I understand you.",
    "testing": "Loud and clear.",
    "speak_language": "Yes, I speak English.",
    "may_i_ask": "Of course, please ask.",
    "need_help": "Gladly. What do you need?",
    "lets_talk": "I would like that. You begin.",
    "repeat": "Sorry, I will be clearer.",
    "quiet": "All right.",
    "slow_down": "All right, more slowly.",
    "speed_up": "All right, a little faster.",
    "louder": "All right, I will speak up.",
    "softer": "All right, more softly.",
    "shorter": "All right, I will keep it short.",
    "hold_on": "Take your time.",
    "let_me_think": "Think as long as you like.",
    "acknowledgement": "",
    "yes": "Good.",
    "no": "All right then.",
    "maybe": "No hurry at all.",
    "laughing": "I like it when you laugh.",
    "surprise": "I know, quite a surprise.",
    "user_apology": "No problem at all.",
    "compliment": "Thank you, that is kind.",
    "well_done": "I am glad that helped.",
    "complaint": "I am sorry about that.",
    "wrong": "I am sorry, I was wrong.",
    "insult": "I am sorry. I will do better.",
    "love": "That is sweet of you.",
    "marry": "You flatter me, but no.",
    "joke": "Why do bees hum? They forgot the words.",
    "sing": "La la la. That was my best.",
    "story": "Once, a small thread found its loom.",
    "bored": "Then let us talk a little.",
    "sad": "I am sorry. I am here for you.",
    "happy": "That is wonderful.",
    "tired": "Then rest a little.",
    "angry": "I understand. Take a deep breath.",
    "nervous": "You can do this.",
    "lonely": "You are not alone, I am here.",
    "hungry": "Then have something good.",
    "cold_or_hot": "I hope you get comfortable soon.",
    "birthday": "Happy birthday!",
    "your_birthday": "Thank you, how kind.",
    "holidays": "The same to you!",
    "sneeze": "Bless you.",
    "good_luck": "Thank you, I will do my best.",
    "have_a_nice_day": "Thank you, you too.",
    "welcome": "You are very kind.",
    "advice": "Trust yourself, you will choose well.",
    "no_need": "All right, I am here if needed.",
    "trust": "You can count on me.",
    "friends": "Yes, I would be glad to.",
    "weather_chat": "It is always mild in here.",
    "polite_agree": "I am glad we agree.",
    "disagree": "That is fair, we may differ.",
    "guess_what": "I am all ears.",
    "talking_to_other": "",
}
"""What the model answers to each intent; an empty reply means that it stays silent."""

_PHRASINGS_TEXT: dict[str, str] = {
    "greeting": """
        hello | hi | hey | hello there | hi there | hey there | hello weft | hi weft |
        hey weft | hello hello | hi hi | hiya | howdy | greetings | hello my friend |
        hey buddy | hi buddy | hey you | well hello | oh hello | oh hi there | hello again |
        hi again | hey hey | hello to you | hello everyone | yo | hey pal |
        hello (dear/friend/mate) | a warm hello to you | I just wanted to say (hello/hi) |
        hello, (nice/good) to see you | greetings, (weft/friend/my friend) | hi, it's me |
        hello, it's me (again/) | hey, it's me | just saying (hi/hello) | salutations |
        hello, anybody home? | hi, here I am | hello, I'm here |
        (hi/hey/hello), here I am again | ahoy | ahoy there | good day | good day to you |
        well hi there | well hey there | hello, hello there | hi there, (weft/you)
    """,
    "good_morning": """
        good morning | morning | good morning weft | morning weft | a good morning to you |
        good morning, my friend | morning, buddy | a very good morning | good morning to you |
        top of the morning to you | hello and good morning | good morning, good morning |
        well good morning | hi, good morning | oh, good morning | rise and shine |
        good morning, sunshine | I just woke up, good morning | I wish you a good morning |
        lovely morning, isn't it? | hey, good morning | wishing you a good morning |
        good morning everybody | good morning again | happy morning | morning, morning |
        it's a (lovely/beautiful/fine) morning, good morning | good morning there |
        good morning, I'm up | good morning, here I am | a fine good morning to you
    """,
    "good_afternoon": """
        good afternoon | afternoon | good afternoon weft | afternoon, weft |
        good afternoon to you | a good afternoon to you | a very good afternoon |
        afternoon, buddy | hello and good afternoon | hi, good afternoon | well good afternoon |
        oh, good afternoon | good afternoon, my friend | good afternoon everyone |
        I wish you a good afternoon | hey, good afternoon | wishing you a good afternoon |
        good afternoon again | lovely afternoon, isn't it? | good afternoon there |
        good afternoon, good afternoon | a fine afternoon to you | happy afternoon |
        good afternoon, it's me | afternoon all | I just wanted to say good afternoon |
        good afternoon, old friend
    """,
    "good_evening": """
        good evening | evening | good evening weft | evening, weft | good evening to you |
        a good evening to you | a very good evening | evening, buddy | hello and good evening |
        hi, good evening | well good evening | oh, good evening | good evening, my friend |
        good evening everyone | I wish you a good evening | hey, good evening | evening all |
        wishing you a good evening | good evening again | lovely evening, isn't it? |
        good evening there | good evening, good evening | a fine evening to you |
        happy evening | good evening, it's me | I just wanted to say good evening |
        good evening, I'm home
    """,
    "good_night": """
        good night | night night | goodnight | good night weft | sleep well | sweet dreams |
        I'm going to bed | I'm off to bed | time for bed | I'm going to sleep now |
        nighty night | have a good night | good night and thank you | good night, sleep tight |
        sleep tight | I'll go to sleep now, good night | well, good night then |
        it's late, good night | I'm heading to bed now | bedtime for me |
        I should get some sleep | I need to go to bed | good night, my friend |
        good night, see you tomorrow | okay, good night | off to sleep |
        I wish you a good night | that's it for today, good night | I'm turning in (now/) |
        time to hit the sack | I'm calling it a night | night, buddy
    """,
    "goodbye": """
        goodbye | bye | bye bye | see you | see you later | see you soon | see you tomorrow |
        bye weft | goodbye weft | bye for now | goodbye for now | I have to go |
        I have to go now | I must be off | I need to leave now | I'm leaving now |
        talk to you later | catch you later | take care | take care, bye | farewell | so long |
        until next time | until tomorrow | that's all, goodbye | that was all, bye | I'm off |
        I'm off now, bye | cheerio | later | okay, bye then | well, goodbye then | gotta go |
        I've got to run | I've got to go | time to go | it was nice talking to you, bye |
        thanks and goodbye | thank you, bye | I'll be going now |
        let's stop here for today, bye | we'll talk another time | adieu | see you around |
        see you next time | speak soon | speak to you soon | ciao | ta ta |
        I'm going out now, bye | have to run, talk (soon/later) | that's it from me, goodbye
    """,
    "how_are_you": """
        how are you? | how are you doing? | how are you today? | how's it going? |
        how are things? | how do you do? | how do you feel? | how do you feel today? |
        are you well? | how have you been? | how are you feeling? |
        how are you this (morning/evening/afternoon)? | are you okay? |
        is everything all right with you? | are you doing well? | how goes it? |
        you all right? | and how are you? | how are you, weft? | how are you, my friend? |
        hello, how are you? | hi, how are you doing? | hey, how's it going? | what's up? |
        what's new? | hey, what's up? | how's life? | how is life treating you? |
        everything good with you? | I hope you're well | I hope you are doing well |
        are you all right (today/)? | how are we doing today? | how are we today? |
        tell me how you are | how's everything? | how is everything with you? |
        I wanted to ask how you are | so how are you then? | are you fine? | you doing okay? |
        you good? | what's going on with you? | sup? | how has it been going? |
        how are things with you? | how are things going (today/)?
    """,
    "thanks": """
        thank you | thanks | thank you very much | thanks a lot | many thanks |
        thank you so much | thanks so much | thanks, weft | thank you, weft | thanks buddy |
        thank you, my friend | thank you kindly | much obliged | much appreciated |
        I appreciate it | I appreciate your help | I really appreciate that | cheers |
        great, thanks | okay, thank you | okay thanks | thanks again | perfect, thank you |
        good, thank you | lovely, thanks | wonderful, thank you | all good, thanks |
        thanks for your help | thank you for your help | thanks for the answer |
        thank you for that | thanks for telling me | thanks for looking |
        thank you for checking | thanks for letting me know | that's very helpful, thank you |
        that helps, thanks | that was helpful, thank you | got it, thanks |
        thank you, that's all | thanks, that's what I needed | I'm grateful |
        I'm very grateful | a thousand thanks | ta | thanks a million | thanks a bunch |
        I can't thank you enough | thank you for everything | thank you for your time |
        thanks for listening | thank you for being here | oh, thank you | that's great, thanks |
        nice, thank you | I owe you one | I want to thank you | let me thank you |
        bless you, thank you | how kind, thank you | super, thanks |
        excellent, thank you (very much/) | awesome, thanks
    """,
    "nice_to_meet_you": """
        nice to meet you | pleased to meet you | it's nice to meet you | good to meet you |
        a pleasure to meet you | it's a pleasure to meet you | glad to meet you |
        lovely to meet you | happy to meet you | nice meeting you | delighted to meet you |
        charmed | how nice to meet you | very nice to meet you | great to meet you |
        it's good to finally meet you | I'm pleased to meet you | I'm so glad to meet you |
        I'm happy to meet you | the pleasure is mine | nice to make your acquaintance |
        good to know you | nice to know you | what a pleasure to meet you |
        nice to finally talk to you | I've wanted to meet you | hello, nice to meet you |
        it is an honour to meet you | we haven't met before, nice to meet you | good meeting you
    """,
    "my_name": """
        my name is {name} | I'm {name} | I am {name} | call me {name} | you can call me {name} |
        this is {name} | it's {name} | {name} here | {name} is my name | people call me {name} |
        my friends call me {name} | hi, I'm {name} | hello, my name is {name} |
        hey, it's {name} | hello, this is {name} speaking | this is {name} speaking |
        the name's {name} | I go by {name} | let me introduce myself, I'm {name} |
        I should introduce myself, my name is {name} | my name's {name} by the way |
        by the way, I'm {name} | please call me {name} | everyone calls me {name} |
        good morning, I'm {name} | good evening, my name is {name} | hi there, {name} here |
        you're talking to {name} | just so you know, I'm {name} |
        I haven't told you my name, it's {name} | they named me {name} |
        my first name is {name} | and I am {name} | hello weft, I'm {name} |
        hi weft, my name is {name}
    """,
    "user_is_back": """
        I'm back | I'm back again | I am back now | here I am again | okay, I'm back |
        sorry, I'm back | I'm here again | me again | it's me again | I have returned |
        back again | I came back | hello, I'm back | hi, I'm back | I'm home | I'm home again |
        all right, I'm back | back now | and I'm back | guess who's back |
        I'm back from (work/lunch/school/my walk/holiday) | just got back | I just came back |
        right, I'm back | I'm back, did you wait for me? | I am here again, weft |
        so, back to you | I've come back
    """,
    "missed_you": """
        I missed you | I've missed you | I missed talking to you | did you miss me? |
        have you missed me? | I missed our talks | it's been a while | it's been a long time |
        long time no see | we haven't talked in ages | we haven't spoken for a while |
        I was thinking of you | I've been away for a while | good to hear you again |
        it's good to hear your voice | nice to hear from you again | good to talk to you again |
        it's nice to talk to you again | nice to see you | good to see you again |
        I'm glad to talk to you again | I'm happy to see you | I'm so glad you're here |
        I've been looking forward to this | it's been too long | I missed our little chats |
        you've been missed
    """,
    "who_are_you": """
        who are you? | what's your name? | what is your name? | what are you called? |
        do you have a name? | tell me your name | may I ask your name? | may I know your name? |
        and you are? | who am I talking to? | who am I speaking with? | who is this? |
        who's there? | what should I call you? | what do I call you? | what can I call you? |
        how should I call you? | please introduce yourself | introduce yourself |
        can you introduce yourself? | tell me who you are | tell me about yourself |
        tell me something about yourself | I'd like to know who you are |
        I don't know who you are | could you tell me your name? | so who are you exactly? |
        what was your name again? | I forgot your name | remind me of your name |
        have you got a name? | are you weft? | is your name weft? | say your name |
        who is speaking? | who's speaking please? | say something about yourself |
        who might you be?
    """,
    "name_meaning": """
        why are you called weft? | what does your name mean? | what does weft mean? |
        where does your name come from? | who gave you your name? | why weft? | why that name? |
        that's a strange name | that's an odd name you have | what an unusual name |
        weft is a funny name | what a nice name you have | I like your name |
        your name is pretty | is weft your real name? | does your name mean something? |
        how did you get your name? | why do they call you weft? | what kind of name is weft? |
        what a strange name | what a curious name you have | interesting name |
        what's the story behind your name? | do you like your name? | who named you? |
        why did they name you weft? | your name sounds funny | so, weft, what does that mean?
    """,
    "what_can_you_do": """
        what can you do? | what can I ask you? | what are you able to do? | what do you do? |
        what are you good at? | how can you help me? | what can you help me with? |
        what are you for? | how do you work? | how does this work? | what do you know? |
        what things can you do? | tell me what you can do | what are your abilities? |
        what are your skills? | can you help people? | what are you capable of? |
        what is your purpose? | what's your job? | what should I ask you? |
        what else can you do? | can you answer questions? | do you answer questions? |
        what's your purpose? | I don't know what to ask you | what would you like me to ask? |
        how do I use you? | is there anything you can't do? | what are you useful for? |
        what can you tell me? | what can we talk about? | explain what you can do |
        show me what you can do | any special talents? | what kind of questions can I ask? |
        are there things you can do for me? | what is your work?
    """,
    "who_made_you": """
        who made you? | who created you? | who built you? | who is your maker? |
        who invented you? | who programmed you? | who wrote you? | who designed you? |
        who are your creators? | who trained you? | who is your creator? | who's your boss? |
        who do you belong to? | who do you work for? | where were you made? |
        how were you made? | were you made by people? | who developed you? |
        who came up with you? | who is behind you? | who owns you? | tell me who made you |
        who is your father? | can you tell me who built you? | I wonder who made you |
        what company made you? | which people made you? | who put you together? |
        who taught you to talk? | who taught you?
    """,
    "are_you_human": """
        are you human? | are you a human? | are you real? | are you a robot? |
        are you a machine? | are you a computer? | are you a person? | are you a real person? |
        am I talking to a human? | am I talking to a machine? | am I talking to a real person? |
        are you alive? | are you a bot? | is this a robot? | is this a computer? |
        is this a recording? | are you an AI? | what are you? | are you artificial? |
        are you some kind of computer program? | are you a program? | are you living? |
        you're not human, are you? | you are a robot, right? | you're a machine, aren't you? |
        you sound like a human | you sound human | you sound like a robot |
        what exactly are you? | do you exist? | are you conscious? | are you a man or a woman? |
        are you a boy or a girl? | is there a real person there? | so you're a computer? |
        are you really just software?
    """,
    "how_old": """
        how old are you? | what's your age? | what is your age? | when were you born? |
        are you old? | are you young? | may I ask how old you are? | tell me your age |
        how old are you now? | when's your birthday? | when is your birthday? |
        do you have a birthday? | what year were you born? | how long have you existed? |
        since when do you exist? | are you older than me? | are you new? | can I ask your age? |
        do you know how old you are? | do you get older? | do you age? | are you still young? |
        how old might you be? | how many years old are you? | were you born recently? |
        how long have you been around? | you sound young | you sound old
    """,
    "where_are_you": """
        where are you? | where are you right now? | where do you live? | where is your home? |
        where are you now? | where do you stay? | do you live here? | do you have a home? |
        are you nearby? | are you far away? | are you close? | where can I find you? |
        tell me where you are | are you in there? | where are you sitting? |
        are you in this room? | where are you hiding? | are you inside the computer? |
        are you here with me? | where do you spend your time? | what's it like where you are? |
        in which place do you live? | is it nice where you are? |
        I can't see you, where are you? | are you in the cloud? | where did you go? |
        where have you been?
    """,
    "where_from": """
        where are you from? | where do you come from? | what country are you from? |
        where were you born? | which country do you come from? | what's your home country? |
        where did you grow up? | tell me where you're from | and where are you from? |
        are you from here? | where do you originally come from? | what is your nationality? |
        are you American? | are you British? | are you from around here? |
        do you come from far away? | what place are you from? | may I ask where you're from? |
        I wonder where you come from | what city are you from? | do you have a homeland? |
        where's home for you? | are you foreign? | so where are you from, weft? |
        where is it you come from? | you're not from here, are you?
    """,
    "your_family": """
        do you have a family? | do you have any brothers? | do you have a sister? |
        do you have brothers or sisters? | do you have parents? | do you have a mother? |
        are you single? | do you have children? | do you have kids? | are you married? |
        do you have a husband? | do you have a wife? | do you have a boyfriend? |
        do you have a girlfriend? | have you got a family? | tell me about your family |
        who are your parents? | who is your mother? | do you have a partner? |
        do you have a father? | do you have a dog? | do you have any pets? |
        have you got a cat? | do you have grandparents? | do you have friends? |
        do you have any friends? | are you in love? | do you live alone? |
        who do you live with? | is there someone in your life?
    """,
    "your_feelings": """
        do you have feelings? | can you feel? | do you feel anything? | are you happy? |
        are you sad? | do you have emotions? | can you be sad? | can you be happy? |
        are you ever lonely? | are you lonely? | do you get bored? | are you bored? |
        do you get angry? | are you angry with me? | are you mad at me? | are you upset? |
        do you love anyone? | can you love? | do you feel pain? | are you afraid? |
        are you scared of anything? | does anything frighten you? | do you ever cry? |
        do you have a heart? | do you have a soul? | does that hurt you? |
        did I hurt your feelings? | are you in a good mood? | do you worry? |
        are you feeling lonely? | can you feel joy?
    """,
    "your_body": """
        what do you look like? | do you have a body? | can I see you? | do you have a face? |
        do you have hands? | do you have eyes? | can you see me? | do you see me? |
        can you walk? | can you dance? | are you tall? | how tall are you? |
        what are you wearing? | can you move? | do you have legs? | are you pretty? |
        are you good looking? | what colour are your eyes? | can you touch things? |
        can you smell? | can you run? | show me your face | show yourself | I want to see you |
        let me see you | do you have hair? | can you swim? | can you cook? | can you drive? |
        shake my hand | give me a hug | give me a high five | high five
    """,
    "your_sleep": """
        do you sleep? | do you ever sleep? | are you tired? | are you sleepy? | do you dream? |
        do you have dreams? | did you sleep well? | when do you sleep? | do you need sleep? |
        do you rest? | do you ever take a break? | do you get tired? | are you awake? |
        were you asleep? | did I wake you? | did I wake you up? | are you asleep? |
        are you sleeping? | have you slept? | do you take holidays? | do you ever go to bed? |
        don't you ever sleep? | do you work all day? | do you work at night? |
        don't you get tired? | what do you dream about? | wake up | wake up, weft |
        time to wake up | aren't you tired?
    """,
    "your_food": """
        are you hungry? | do you eat? | do you drink? | what do you eat? | have you eaten? |
        are you thirsty? | do you like food? | would you like some {food}? |
        do you want some {food}? | shall I bring you some {food}? |
        have you ever tasted {food}? | can you taste {food}? | have a bite of my {food} |
        I wish you could try this {food} | did you have breakfast? | did you have lunch? |
        what did you have for dinner? | do you drink coffee? | what did you eat today? |
        can I offer you some {food}? | want some {food}? |
        I'm making {food}, do you want some? | do you ever get hungry? | care for a drink? |
        can you eat {food}? | would you eat {food}? | let's have {food} together
    """,
    "your_day": """
        how was your day? | how's your day? | how is your day going? | how was your weekend? |
        did you have a good day? | are you having a good day? | how has your day been? |
        had a nice day? | did you have a nice weekend? | how was your night? |
        how was your week? | how was your morning? | is your day going well? |
        having a good day? | how's your morning? | how's your evening going? |
        how is your week? | tell me about your day | what did you do today? |
        what have you done today? | anything nice happen to you today? |
        what did you do yesterday? | has your day been good? | how's your afternoon? |
        how was today for you? | busy day? | are you having a busy day? |
        what did you do at the weekend?
    """,
    "what_are_you_doing": """
        what are you doing? | what are you doing now? | what are you up to? | are you busy? |
        what are you thinking about? | what's on your mind? | what are you thinking? |
        are you doing something? | do you have time for me? | have you got a minute? |
        are you free now? | do you have a moment? | am I disturbing you? | am I interrupting? |
        what have you been up to? | what do you do all day? | what do you do for fun? |
        do you have hobbies? | what are your hobbies? | what do you do in your free time? |
        what are you doing right now? | are you working? | tell me what you're doing |
        can you spare a minute? | what keeps you busy? | what do you do when I'm away? |
        penny for your thoughts
    """,
    "your_favourite": """
        what's your favourite {kind}? | what is your favourite {kind}? |
        do you have a favourite {kind}? | which {kind} do you like best? |
        what {kind} do you like? | tell me your favourite {kind} |
        who's your favourite {person_kind}? | who is your favourite {person_kind}? |
        do you have a favourite {person_kind}? | which {person_kind} do you like most? |
        what's the {kind} you like best? | and your favourite {kind}? |
        is there a {kind} you love? | what sort of {kind} do you like? |
        what kind of {kind} do you like? | name your favourite {kind} |
        I wonder what your favourite {kind} is | what would be your favourite {kind}? |
        have you got a favourite {kind}? | any favourite {kind}? |
        if you had to choose a {kind}, which would it be? | what {kind} is your favourite? |
        which is your favourite {kind}? | what's your least favourite {kind}? |
        do you prefer cats or dogs? | do you prefer tea or coffee? |
        summer or winter, which do you prefer? | are you a morning person?
    """,
    "are_you_smart": """
        are you smart? | are you clever? | are you intelligent? | how smart are you? |
        how clever are you? | are you smarter than me? | are you a genius? |
        do you know everything? | do you know a lot? | are you always right? |
        do you make mistakes? | do you ever make mistakes? | are you perfect? |
        are you any good? | are you good at your job? | do you think you're smart? |
        are you as smart as a human? | can you think? | do you think? | do you have a brain? |
        are you stupid? | are you dumb? | are you the best? |
        are you better than other assistants? | you must know everything |
        you know a lot, don't you? | is there anything you don't know? | are you good at this?
    """,
    "do_you_learn": """
        do you learn? | can you learn? | how did you learn to talk? |
        how did you learn English? | are you learning now? | do you learn from me? |
        are you learning from me? | did you go to school? | where did you learn that? |
        how do you learn? | are you getting better? | do you get smarter? |
        who taught you English? | were you trained? | how were you trained? |
        do you read books? | do you read a lot? | did you study? | did you learn a lot? |
        can I teach you something? | can you learn new things? | do you practise? |
        are you still learning? | how do you know all that? | how come you know so much? |
        you learn fast | you're learning quickly
    """,
    "secrets": """
        can you keep a secret? | can I tell you a secret? | don't tell anyone |
        please don't tell anybody | this is a secret | this stays between us |
        let's keep this between us | it's our secret | promise not to tell |
        are you listening all the time? | do you tell others what I say? |
        will you keep it to yourself? | I have a secret | I've got a secret to tell you |
        is this conversation private? | is this private? | can anyone else hear us? |
        are we alone? | do you spy on me? | are you spying on me? | are you recording me? |
        are you recording this? | keep it to yourself | don't tell a soul | it's confidential |
        this is just between you and me | can I trust you with a secret? |
        who else is listening?
    """,
    "do_you_like": """
        do you like {thing}? | do you love {thing}? | do you enjoy {thing}? |
        what do you think of {thing}? | do you hate {thing}? | are you a fan of {thing}? |
        are you fond of {thing}? | how do you feel about {thing}? | do you like {thing} too? |
        I love {thing}, do you? | I like {thing}, and you? | do you care for {thing}? |
        are you into {thing}? | would you say you like {thing}? | do you also like {thing}? |
        what about you, do you like {thing}? | don't you love {thing}? |
        don't you just adore {thing}? | do you find {thing} boring? |
        do you think {thing} is fun? | I wonder if you like {thing} |
        tell me, do you like {thing}? | do you fancy {thing}? | isn't {thing} great? |
        do you like me? | do you like people? | do you like talking to me? |
        do you like your job? | do you enjoy this? | do you like it here? |
        are you having fun? | do you dislike {thing}? | are you interested in {thing}? |
        is {thing} your thing? | do you like {thing} or not?
    """,
    "can_you_hear": """
        can you hear me? | do you hear me? | can you hear me now? | are you hearing me? |
        can you hear me all right? | can you hear me well? | do you hear what I'm saying? |
        hello, can you hear me? | weft, can you hear me? | did you hear me? |
        did you hear that? | did you hear what I said? | am I loud enough? |
        is my voice clear? | is my microphone working? | is the microphone on? |
        is this thing on? | is this working? | am I coming through? | can you hear my voice? |
        do you copy? | do you read me? | is the sound okay? | is the line okay? |
        is my mic on? | am I audible? | can you make out what I say? | I hope you can hear me |
        I'm not sure you can hear me | tell me if you can hear me |
        let me know if you can hear me | are you able to hear me? | hear me? |
        you can hear me, right?
    """,
    "still_there": """
        are you still there? | are you there? | still there? | you there? |
        weft, are you there? | are you with me? | are you still with me? |
        hello, are you there? | are you still here? | anyone there? | is anybody there? |
        is anyone there? | did you fall asleep? | are you listening? |
        are you still listening? | did you leave? | have you gone? | did you hang up? |
        did I lose you? | have I lost you? | you're so quiet | why are you so quiet? |
        why don't you say anything? | why aren't you answering? | please answer me |
        say something | talk to me | answer me | don't leave me | you still there, buddy? |
        are you here? | you haven't gone, have you? | are you paying attention? |
        you're still there, aren't you? | did you go away?
    """,
    "are_you_ready": """
        are you ready? | ready? | shall we start? | can we start? | can we begin? |
        shall we begin? | let's start | let's begin | let's get started | are you set? |
        all set? | ready to go? | are you ready to go? | shall we? | can we get going? |
        are you prepared? | may we begin? | let's go | let's get going | here we go |
        ready when you are | I'm ready | I'm ready now | I am ready, are you? |
        okay, let's do this | let's do this | are we ready? | is everything ready? |
        everything set? | good to go?
    """,
    "do_you_understand": """
        do you understand me? | do you understand? | do you understand what I'm saying? |
        did you understand? | did you get that? | do you know what I mean? |
        do you see what I mean? | you know what I mean? | is that clear? | am I making sense? |
        does that make sense? | get it? | do you follow me? | are you following? |
        can you follow me? | can you understand me? | do you get it? | do you get what I mean? |
        did you catch that? | have you understood me? | do I make myself clear? |
        you understand, right? | you see what I'm saying? | can you follow? |
        did that make sense to you? | are you able to understand me? | do you get my point?
    """,
    "testing": """
        testing | testing testing | test | test test | testing one two three | test one two |
        one two three testing | this is a test | just a test | just testing | I'm just testing |
        I'm only testing you | let me test this | sound check | mic check | mic check one two |
        microphone test | this is only a test | testing the microphone |
        testing, testing, one two | hello, testing | I'm testing the sound | a quick test |
        let's do a test | I want to test this | check check | check one two |
        just trying this out | I'm just trying you out
    """,
    "speak_language": """
        do you speak English? | can you speak English? | do you understand English? |
        can you talk? | can you speak? | you speak English, right? | do you talk? |
        is English okay? | can we speak English? | is it okay if I speak English? |
        may I speak English with you? | what language do you speak? |
        what languages do you speak? | which languages do you know? | do you know English? |
        is English your language? | are you an English speaker? | can we talk in English? |
        how many languages do you speak? | you do speak English, don't you? |
        do you speak any other languages? | do you speak Spanish? | do you speak French? |
        do you understand German? | your English is good | what's your mother tongue? |
        my English is not very good | sorry for my English
    """,
    "may_i_ask": """
        can I ask you something? | can I ask you a question? | may I ask you something? |
        may I ask a question? | I have a question | I have a question for you |
        I've got a question | could I ask you something? | let me ask you something |
        let me ask you a question | I want to ask you something |
        I'd like to ask you something | I need to ask you something |
        I was going to ask you something | do you mind if I ask you something? |
        mind if I ask a question? | is it okay if I ask something? | one more question |
        I have another question | another question | I have one more question for you |
        can I ask one more thing? | may I ask another question? | I've got a few questions |
        I have some questions | quick question | a quick question for you |
        I have a small question | I'd like to know something | there's something I want to ask |
        can I tell you something? | may I tell you something? | can I say something? |
        I need to tell you something | I want to tell you something | I have something to say
    """,
    "need_help": """
        can you help me? | I need help | I need your help | help me | please help me | help |
        could you help me? | would you help me? | I need some help | can you give me a hand? |
        help me please | could you give me a hand? | I could use some help |
        I could use your help | will you help me? | can you help me with something? |
        could you help me with something? | I have a problem | I've got a problem |
        I need a favour | can you do me a favour? | could you do me a favour? | do me a favour |
        I'd like some help please | I'm stuck | I'm a bit stuck | I don't know what to do |
        would you mind helping me? | are you able to help me? | I was hoping you could help me |
        can you assist me? | I'm in trouble | I require assistance | can I ask you for help? |
        are you here to help?
    """,
    "lets_talk": """
        let's talk | let's chat | can we talk? | can we chat? | I want to talk |
        I'd like to talk | talk with me | chat with me | let's have a conversation |
        shall we talk? | I feel like talking | I feel like chatting | do you want to talk? |
        do you want to chat? | would you like to talk? | let's talk a bit |
        let's talk about something | can we talk about something else? |
        let's change the subject | let's talk about something else | I just want to talk |
        I want to talk to someone | I need someone to talk to | can I talk to you? |
        I'd love a chat | let's talk about you | let's talk about me | keep me company |
        please keep me company | fancy a chat? | what do you want to talk about? |
        what shall we talk about? | how about a chat?
    """,
    "repeat": """
        say that again | say that again please | can you repeat that? | could you repeat that? |
        repeat that | please repeat | what did you say? | what was that? | what? | pardon? |
        say what? | I missed what you said | come again? | I didn't hear you |
        I didn't catch that | I didn't get that | I missed that | I didn't understand |
        I don't understand you | I didn't understand you | sorry, what? | huh? |
        sorry, what was that? | sorry, I missed that | could you say that again? |
        once more please | one more time please | again please | can you say it again? |
        you were unclear | say it once more | I couldn't hear you | I can't hear you well |
        I can't understand you | what do you mean? | what did you just say? | I don't follow |
        you lost me | would you repeat that please? | what was that again? |
        that was not clear | speak more clearly | please speak clearly | you're mumbling |
        I don't get it | I don't know what you mean | can you be clearer? |
        that wasn't clear to me | you said what?
    """,
    "quiet": """
        be quiet | please be quiet | quiet please | shut up | hush | shush | silence |
        silence please | shh | stop talking | please stop talking | don't talk | don't speak |
        stop speaking | no more talking | be silent | please be silent | quiet now |
        can you be quiet? | could you be quiet? | enough talking | I need some quiet |
        I want some quiet | let me have some silence | keep quiet | keep quiet please | zip it |
        stay quiet for a while | don't say anything | please say nothing | not another word |
        would you be quiet please? | you can be quiet now | I need silence |
        give me some peace | pipe down | you talk too much | just listen | please just listen
    """,
    "slow_down": """
        slow down | please slow down | slower | slower please | speak slower |
        speak more slowly | can you speak more slowly? | could you slow down? |
        you're too fast | you are talking too fast | not so fast | that was too fast |
        you speak too fast | talk slower please | a little slower please |
        can you talk slower? | that's too quick for me | too fast | easy, slow down |
        you're going too fast | would you slow down a bit? | more slowly please |
        take it slower | slow down a little | I can't keep up |
        I can't follow, you're too fast | please talk slowly | speak slowly | you're rushing |
        don't rush | don't talk so fast
    """,
    "speed_up": """
        speed up | faster | faster please | speak faster | talk faster | can you speak faster? |
        hurry up | please hurry | could you go faster? | you're too slow |
        you are talking too slowly | go faster | you speak too slowly | a little faster please |
        that's too slow | can you hurry up? | quicker please | be quick | make it quick |
        please speed up | speed it up | pick up the pace | come on, faster | too slow |
        would you talk a bit faster? | quickly please | can you talk quicker? |
        I don't have all day | you're so slow
    """,
    "louder": """
        louder | louder please | speak up | speak louder | please speak up |
        can you speak louder? | could you speak up? | you're too quiet | you are very quiet |
        I can hardly hear you | a bit louder | talk louder | can you talk louder please? |
        raise your voice | speak up a bit | more volume | volume up |
        can you speak up a little? | would you speak up please? | I can barely hear you |
        your voice is too soft | too quiet | a little louder please | be louder |
        make it louder | it's noisy here, speak up | turn up your voice
    """,
    "softer": """
        softer | softer please | not so loud | you're too loud | quieter please | speak softly |
        lower your voice | can you speak more quietly? | could you be a bit quieter? |
        speak more softly | you are very loud | too loud | that's too loud |
        please don't shout | don't shout | stop shouting | talk more quietly |
        a little quieter please | volume down | less volume please | whisper |
        can you whisper? | keep your voice down | please lower your voice |
        my baby is sleeping, be softer | not so loud please | you don't need to shout |
        be gentle
    """,
    "shorter": """
        keep it short | make it short | shorter please | be brief | please be brief |
        briefly please | that was too long | too long | give me short answers |
        short answers please | not so much detail | don't talk so much | less detail please |
        use fewer words | you talk for too long | be short | can you be brief? |
        could you be shorter? | I want shorter answers | keep your answers short |
        that's too much information | too many words | please keep it brief | get to the point |
        just the short version please | come to the point | cut it short |
        no long speeches please
    """,
    "hold_on": """
        hold on | wait | wait a second | wait a minute | one moment | one moment please |
        just a moment | just a second | one second | one sec | hang on | hang on a second |
        hold on a minute | just a minute | give me a second | give me a moment |
        give me a minute | please wait | can you wait? | bear with me | wait a moment please |
        hold on please | could you wait a moment? | I need a moment | I'll be right back |
        be right back | back in a minute | I'll be back in a second | one minute | two minutes |
        wait, someone is at the door | hold on, my phone is ringing | wait for me | stay there |
        don't go away | can you hold on a second? | let me get a pen | I need a minute |
        excuse me for a moment | hold that thought | just a sec | half a second |
        would you wait a bit? | I'm not ready yet
    """,
    "let_me_think": """
        let me think | let me think about it | I'm thinking | I have to think |
        I need to think | let me see | let me think for a moment | I'll think about it |
        hmm, let me think | give me time to think | I'm still thinking |
        I need to think about that | let me consider | let me think it over |
        I have to think about it first | I was just thinking | how do I put this |
        how shall I say this | I'm trying to remember | I'm looking for the word |
        it's on the tip of my tongue | I lost my thread | I forgot what I wanted to say |
        what was I going to say? | where was I? | I've lost my train of thought |
        what did I want to say? | wait, let me think | now what was it | let me sleep on it |
        I can't decide | I can't make up my mind | I'm not sure what to say
    """,
    "acknowledgement": """
        okay | ok | I see | got it | right | all right | alright | fine | good | good to know |
        aha | understood | makes sense | that makes sense | I understand | fair enough |
        okay then | very well | sure | of course | okay, got it | okay, I see | ah, I see |
        oh, I see | ah okay | oh okay | I get it | I see what you mean | right, okay |
        okay okay | yeah okay | mm-hm | uh huh | mhm | cool | great | nice | noted |
        that's clear | clear | that's good | that's fine | okay, that's fine | okay good |
        so that's how it is | so that's it | I thought so | just as I thought |
        that's what I thought | perfect | excellent | wonderful | yeah | yep, got it |
        right you are | okay, understood | that's good to know | now I know | now I understand |
        now I get it | ah, right | ah, that's it | oh right | well okay | interesting |
        that's interesting | how interesting | good, good
    """,
    "yes": """
        yes | yes yes | yes please | yes, that's right | yes of course | yes, I do | yes, I am |
        yes I would | yes, exactly | exactly | that's right | that's correct | correct |
        absolutely | definitely | certainly | oh yes | yes indeed | indeed | yes sure |
        that's it | yes, I think so | I think so | I believe so | yep | yup | for sure |
        yes, that is true | that's true | true | by all means | yes, why not | yes, it is |
        yes it was | totally | of course yes | yes, I like it
    """,
    "no": """
        no | no no | nope | nah | no thanks | no thank you | not really | no, not really |
        no, I don't | no, I'm not | not at all | no, not at all | certainly not |
        of course not | absolutely not | never | not now | not today | no way |
        I don't think so | no, I don't think so | no, that's fine | no need | I'd rather not |
        not yet | no, not yet | not this time | I'd prefer not | no, I'm good |
        no, I don't want that | definitely not | oh no | nothing | not for me
    """,
    "maybe": """
        maybe | perhaps | maybe later | maybe not | possibly | I don't know | I'm not sure |
        I don't know yet | not sure | could be | might be | it depends | that depends |
        we'll see | let's see | we will see | I'm not certain | hard to say | who knows |
        maybe tomorrow | maybe another time | some other time | I guess | I guess so |
        I suppose | I suppose so | more or less | sort of | kind of | sometimes |
        I have no idea | no idea | I couldn't say | I'm undecided
    """,
    "laughing": """
        ha ha | haha | hahaha | ha ha ha | hehe | hee hee | that's funny | that was funny |
        very funny | lol | that's hilarious | you're funny | you are so funny |
        that's a good one | good one | how funny | you make me laugh | that made me laugh |
        I'm laughing | I can't stop laughing | oh that's funny | haha, that's great |
        haha, good one | ha, nice one | that cracked me up | so funny | what a laugh |
        ha ha very funny | you crack me up | hilarious | that's so silly | funny joke |
        I laughed so hard | good joke | that joke was good
    """,
    "surprise": """
        oh wow | wow | oh my goodness | my goodness | no way, really? | really? | oh really? |
        seriously? | are you serious? | are you kidding? | you're kidding | you must be joking |
        I can't believe it | incredible | unbelievable | that's amazing | that's incredible |
        amazing | who would have thought | what a surprise | I'm surprised | that surprises me |
        I didn't know that | I had no idea | I never knew that | that's news to me |
        I didn't expect that | well I never | good heavens | goodness me | is that so? |
        is that true? | how strange | that's strange | how odd | whoa
    """,
    "user_apology": """
        sorry | I'm sorry | I am sorry | I'm so sorry | my mistake | my bad | I apologise |
        my apologies | I beg your pardon | excuse me | pardon me | forgive me |
        please forgive me | sorry about that | I'm sorry about that | sorry, my fault |
        it was my fault | that was my mistake | I made a mistake | I didn't mean that |
        I didn't mean it | I was rude, sorry | sorry for interrupting | sorry I'm late |
        sorry to bother you | sorry for the noise | sorry for the delay | sorry for the wait |
        oops | oops, sorry | sorry, I was distracted | I misspoke | sorry, I wasn't listening |
        sorry, that was the dog | I'm sorry I shouted | sorry, I said that badly |
        I shouldn't have said that | please excuse me
    """,
    "compliment": """
        you're great | you are great | you're amazing | you're wonderful | you're so nice |
        you're very kind | you're smart | you're so smart | you are clever |
        you're very clever | you're the best | you're awesome | you are a good listener |
        I like you | I like you a lot | you're cool | you're brilliant | you're sweet |
        you're a star | you're a genius | you have a nice voice | I like your voice |
        your voice is lovely | you're good at this | you're so helpful | you are very helpful |
        you're fantastic | you're a darling | I'm impressed | I'm impressed by you |
        you're so polite | you're a good friend | you're fun | it's nice to talk to you |
        I like talking to you | I enjoy talking with you | you're so patient |
        you know so much | what a clever little thing you are | you're an angel |
        you're adorable
    """,
    "well_done": """
        well done | good job | nice job | great job | good work | nice work | great work |
        bravo | good answer | that was a good answer | great answer | you did well |
        you did great | that was perfect | that's perfect | that was helpful | that helped |
        that's very helpful | that's exactly what I needed | you helped me a lot |
        just what I wanted | that was quick | that was fast | excellent work |
        you did a good job | brilliant | I couldn't have done it better | you nailed it |
        you got it right | you're right | you were right | nicely done | nicely said |
        well said | attaboy | that's just right | what a good answer | clever answer
    """,
    "complaint": """
        that's not helpful | that was not helpful | you're not helping | you are no help |
        this is annoying | you're annoying | you don't listen | you're not listening |
        you never listen | you don't understand me | you interrupted me |
        you keep interrupting me | don't interrupt me | you cut me off | let me finish |
        that took too long | you're taking forever | that was slow | I'm disappointed |
        I'm not happy with that | I don't like that | I don't like your answer |
        that's no good | that's bad | that was bad | this isn't working | this doesn't work |
        it's not working | you didn't answer me | you didn't answer my question |
        that's not an answer | I expected more | you're boring | this is boring |
        you keep saying the same thing | you already said that | you said that already |
        that's rude | you're rude | I'm disappointed in you | why did you interrupt me? |
        you're making me nervous | you sound strange | that was terrible
    """,
    "wrong": """
        that's wrong | you're wrong | that is wrong | you are wrong | that's not right |
        that is not right | that's incorrect | that's not correct | you made a mistake |
        you've made a mistake | that's not true | that isn't true | wrong | wrong answer |
        no, that's wrong | no, you're wrong | that can't be right | that can't be true |
        I think you're wrong | I think that's wrong | you got it wrong | that was wrong |
        I don't believe you | I don't think that's right | that was a mistake |
        you're mistaken | nonsense | I'm afraid that's wrong | you're lying | that's a lie |
        that's not how it is | that's nonsense | you misunderstood | you misunderstood me |
        you got me wrong | you're confused | that doesn't sound right
    """,
    "insult": """
        you're stupid | you are stupid | you're dumb | you're an idiot | you idiot |
        stupid machine | dumb robot | you're useless | you are useless | you're terrible |
        you're awful | you're the worst | I hate you | you're horrible | you suck | you stink |
        you're bad at this | you're a bad assistant | you're a joke | I don't like you |
        stupid computer | you're so stupid | you know nothing | you don't know anything |
        you're good for nothing | you're a waste of time | what a stupid answer |
        how stupid can you be | you're a fool | silly thing | you silly machine |
        you're broken | you are a useless piece of junk | you're not very smart |
        you're not very bright | you're ridiculous
    """,
    "love": """
        I love you | I love you so much | I adore you | I love you, weft | I think I love you |
        I'm in love with you | do you love me? | I have a crush on you | you're my favourite |
        you are my best friend | you're my friend | I like you very much | I'm so fond of you |
        you mean a lot to me | I care about you | kiss me | can I kiss you? |
        sending you a hug | I want to hug you | big hug | hugs | I could hug you |
        lots of love | you're the love of my life | be mine | will you be my valentine? |
        my heart belongs to you | I really love you | love you | love you lots
    """,
    "marry": """
        will you marry me? | marry me | do you want to marry me? | would you marry me? |
        let's get married | will you go out with me? | go out with me |
        do you want to go on a date? | can I take you to dinner? | will you be my girlfriend? |
        will you be my boyfriend? | be my girlfriend | be my wife | can we get married? |
        I want to marry you | shall we get married? | would you go out with me? |
        let's go on a date | could we go on a date? | run away with me | will you be my wife? |
        will you be my husband? | do you want to be my girlfriend? | please marry me |
        weft, marry me | I'd marry you | are you free tonight?
    """,
    "joke": """
        tell me a joke | tell me a joke please | can you tell me a joke? |
        could you tell me a joke? | tell a joke | do you know a joke? | do you know any jokes? |
        make me laugh | say something funny | I want to hear a joke | I'd like to hear a joke |
        know any good jokes? | give me a joke | how about a joke? | another joke please |
        tell me another joke | tell me something funny | can you make me laugh? |
        can you be funny? | joke please | let's hear a joke | got any jokes? |
        have you got a joke for me? | I need a laugh | I could use a laugh |
        cheer me up with a joke | please make me laugh | would you tell us a joke? |
        one more joke | are you funny? | say a joke | I feel like a joke | be funny
    """,
    "sing": """
        sing | sing for me | sing me a song | can you sing? | sing something | please sing |
        do you sing? | could you sing a song? | sing a song | sing a song for me |
        I want you to sing | let me hear you sing | will you sing for me? | sing us something |
        would you sing me something? | I'd like to hear you sing | hum something |
        can you hum a tune? | hum a melody | sing a lullaby | sing me to sleep | rap for me |
        can you rap? | give me a song | how about a song? | are you a good singer? |
        sing along with me | let's sing | let's sing together | sing with me
    """,
    "story": """
        tell me a story | tell me a short story | can you tell me a story? | tell us a story |
        a story please | do you know a story? | I want to hear a story | read me a story |
        could you tell me a bedtime story? | tell me a bedtime story | tell me a fairy tale |
        tell me a tale | how about a story? | do you know any stories? |
        please tell me a story | I'd like to hear a story | story time | it's story time |
        make up a story | invent a story | can you make up a story for me? |
        let's hear a story | give me a story | say something nice | say something interesting |
        surprise me | recite a poem | tell me a poem | do you know a poem? | entertain me
    """,
    "bored": """
        I'm bored | I am bored | I'm so bored | I'm very bored | this is so dull |
        I have nothing to do | there's nothing to do | I'm bored to death | I'm getting bored |
        nothing is happening | it's so boring here | I'm feeling bored | life is boring |
        I don't know what to do with myself | what a boring day | I'm bored out of my mind |
        I'm bored again | boredom is killing me | I'm dying of boredom | such a boring evening |
        I'm just sitting around | it's a dull day | I'm sitting here with nothing to do |
        weft, I'm bored | I've been bored all day | I get bored so easily | bored bored bored |
        so bored
    """,
    "sad": """
        I'm sad | I am sad | I feel sad | I'm so sad | I'm feeling down | I feel down today |
        I'm not okay | I don't feel good | I'm not feeling well | I'm unhappy |
        I feel terrible | I feel awful | I'm depressed | I had a bad day |
        I had a terrible day | today was awful | I'm heartbroken | I feel like crying |
        I'm crying | I've been crying | everything is going wrong | nothing works out for me |
        I feel hopeless | I'm miserable | I'm feeling blue | I'm having a bad day |
        it's been a rough day | I'm hurt | my heart is heavy | I feel bad |
        I don't feel well today | life is hard | I can't go on like this | I'm a bit down
    """,
    "happy": """
        I'm happy | I am happy | I feel great | I'm so happy | I feel good | I'm feeling good |
        I'm in a good mood | I had a good day | I had a great day | I'm having a great day |
        today was wonderful | I feel wonderful | life is good | life is beautiful |
        I'm excited | I'm so excited | I'm thrilled | I'm doing great | I'm doing well |
        I'm fine | I'm good | I'm fine, thank you | I'm well | I'm well, thanks |
        very well, thank you | I'm okay | not bad | pretty good | I'm over the moon |
        I'm delighted | everything is going well | I'm in love | what a beautiful day |
        I'm proud of myself | I feel fantastic | I'm all right | can't complain
    """,
    "tired": """
        I'm tired | I am tired | I'm so tired | I'm very tired | I'm exhausted | I feel tired |
        I'm sleepy | I'm worn out | I'm really sleepy today | I need a rest | I need a break |
        I need some rest | I'm beat | I could use a nap | I need a nap |
        I can hardly keep my eyes open | I'm half asleep | I didn't sleep well | I slept badly |
        I barely slept | I couldn't sleep | I didn't sleep at all | I'm a bit tired |
        I've had a long day | it was a long day | what a long day | I'm dead tired |
        I'm ready for bed | I'm yawning all the time | my eyes are closing | so tired
    """,
    "angry": """
        I'm angry | I am angry | I'm so angry | I'm furious | I'm mad | I'm really mad |
        I'm upset | I'm so upset | I'm annoyed | I'm so annoyed | I'm frustrated |
        this is frustrating | I'm fed up | I'm sick of it | I've had it |
        I've had enough of this | this makes me angry | I could scream | I want to scream |
        I'm losing my patience | I'm out of patience | my patience is gone | I'm so frustrated |
        it drives me crazy | this drives me mad | I'm in a bad mood | I'm grumpy today |
        damn it | damn | I'm boiling with anger
    """,
    "nervous": """
        I'm nervous | I am nervous | I'm so nervous | I'm scared | I'm afraid | I'm worried |
        I'm stressed | I'm so stressed | I'm anxious | I feel anxious | I'm a little nervous |
        I have an exam tomorrow | I'm nervous about tomorrow | I'm worried about tomorrow |
        I don't think I can do it | I can't do this | I'm not good enough | I'm going to fail |
        I'm afraid of failing | I'm terrified | I'm under pressure |
        I have butterflies in my stomach | my hands are shaking | wish me luck |
        cross your fingers for me | I'm so worried | I'm panicking | I'm freaking out |
        it's too hard for me | I'll never manage
    """,
    "lonely": """
        I'm lonely | I am lonely | I feel lonely | I feel so alone | I'm alone | I'm all alone |
        I'm so lonely | nobody likes me | no one likes me | nobody talks to me |
        I have no friends | I don't have any friends | I've got nobody | nobody understands me |
        no one is here | I'm on my own | I live alone | I feel left out | everyone has left |
        nobody calls me | I've no one to talk to | it's lonely here | I miss my family |
        I'm feeling a bit lonely | the house is so empty | there's nobody here |
        I miss my friends | I feel lonely tonight
    """,
    "hungry": """
        I'm hungry | I am hungry | I'm so hungry | I'm starving | I'm thirsty |
        I'm very thirsty | I'm famished | I haven't eaten yet | I haven't eaten all day |
        my stomach is rumbling | I need some food | I need a snack | I could eat a horse |
        I'm ready for lunch | I want something sweet | I need coffee | I need a coffee |
        I feel like eating something | time for lunch | it's lunchtime | time for dinner |
        I'm getting hungry | I want {food} | I'm craving {food} | I could eat some {food} |
        I feel like {food} | I'm hungry for {food} | I'd love some {food} now |
        I'm dreaming of {food} | I need {food}
    """,
    "cold_or_hot": """
        I'm cold | I'm so cold | I'm freezing | I'm hot | I'm too hot | it's hot in here |
        it's cold in here | it's freezing in here | I'm sweating | I'm melting |
        my feet are cold | my hands are cold | brr | brr, it's cold | it's so stuffy in here |
        I'm shivering | it's too warm for me | I'm chilly | this chair is uncomfortable |
        I'm not comfortable | this room is so cold | this room is too warm |
        the heat is killing me | I can't stand this heat | I'm frozen | I'm soaked |
        I got wet in the rain | what a heat
    """,
    "birthday": """
        it's my birthday | today is my birthday | it's my birthday today |
        I have a birthday today | guess what, it's my birthday | my birthday is today |
        I turned {age} today | I'm {age} today | I've just turned {age} |
        I'm celebrating my birthday | I'm turning {age} today | I'm a year older today |
        today I become {age} | it is my birthday, weft | it's my big day, my birthday |
        I'm the birthday boy | I'm the birthday girl | we're celebrating my birthday |
        I became {age} today | did you know it's my birthday? |
        you know what, today is my birthday | as of today I'm {age} | wish me a happy birthday |
        say happy birthday to me | congratulate me, I'm {age} | today I turn {age} |
        another birthday for me
    """,
    "your_birthday": """
        happy birthday | happy birthday to you | happy birthday, weft |
        all the best for your birthday | many happy returns | I wish you a happy birthday |
        have a happy birthday | congratulations | congratulations to you | best wishes |
        best wishes to you | all the best | all the best to you | I have a present for you |
        this is for you | I brought you flowers | I wish you all the best | congrats |
        congrats, weft | happy birthday dear weft | let me congratulate you |
        here's a gift for you | I wish you well | warm wishes | cheers to you |
        I made this for you | happy belated birthday
    """,
    "holidays": """
        merry Christmas | happy new year | happy Easter | happy holidays | happy Thanksgiving |
        happy Halloween | happy Hanukkah | happy Diwali | Eid Mubarak | happy Valentine's Day |
        happy Mother's Day | merry Christmas to you | a happy new year to you |
        have a merry Christmas | happy new year, weft | happy Friday | happy Monday |
        happy weekend | season's greetings | I wish you a merry Christmas |
        I wish you a happy new year | happy Easter to you | have a good weekend |
        have a nice weekend | enjoy your weekend | enjoy your holidays | happy Christmas |
        happy Sunday | a merry Christmas, my friend | have a happy Easter
    """,
    "sneeze": """
        achoo | atchoo | excuse me, I sneezed | I just sneezed | I have to sneeze |
        I keep sneezing | I've got hay fever | I have a cold | I've caught a cold |
        sorry, I had to sneeze | I'm sneezing all day | my nose is running | hatchoo |
        oh, I sneezed | achoo, sorry | sorry, a sneeze | I can't stop sneezing |
        I've been sneezing all morning | atishoo | achoo, excuse me | pardon my sneeze |
        that was a big sneeze | I'm about to sneeze | I sneeze a lot today | hachoo |
        another sneeze
    """,
    "good_luck": """
        good luck | good luck to you | best of luck | I wish you luck | break a leg |
        fingers crossed | you can do it | I believe in you | good luck, weft |
        good luck with that | keep it up | keep going like that | you'll do great |
        do your best | go for it | give it your best | I'm counting on you |
        I'm rooting for you | keep up the good work | you've got this |
        all the luck in the world | stay strong | don't give up | never give up |
        hang in there | chin up | cheer up
    """,
    "have_a_nice_day": """
        have a nice day | have a good day | have a great day | enjoy your day |
        have a lovely day | have a nice evening | have a good evening | have a good one |
        enjoy the rest of your day | have fun | enjoy yourself | have a nice time |
        I wish you a nice day | I hope you have a good day | stay healthy | stay safe |
        be well | have a wonderful day | have a pleasant day | have a good afternoon |
        look after yourself | take good care of yourself | have a lovely evening |
        wishing you a nice day | may your day be good | enjoy your evening | have a good time |
        a nice day to you | have a lovely time | all the best for today | have a splendid day |
        have a relaxing evening | enjoy the sunshine | go and enjoy your day |
        have yourself a good day | I hope you have fun today | may you have a peaceful evening |
        have a calm day | have a happy day | have a sunny day | I hope your day goes well |
        have a quiet evening | have a cheerful time | have a fabulous evening |
        have a fabulous night
    """,
    "welcome": """
        you're welcome | you are welcome | don't mention it | no problem | not a problem |
        my pleasure | it's a pleasure | no worries | don't worry | don't worry about it |
        it's okay | it's all right | that's okay | that's all right | it doesn't matter |
        it's nothing | any time | no big deal | I forgive you | glad to help | happy to help |
        all forgiven | I'm not angry | that can happen | it happens | everyone makes mistakes |
        nobody is perfect | apology accepted | no harm done | you don't have to be sorry |
        no need to apologise | don't be sorry | it's fine, really
    """,
    "advice": """
        what should I do? | what would you do? | what do you think I should do? |
        give me some advice | I need advice | I need your advice | what's your advice? |
        do you have any advice for me? | what do you think? | what do you say? |
        what's your opinion? | should I do it? | do you think I should? | is it a good idea? |
        do you think it's a good idea? | would you do it? | am I right? | do you agree? |
        do you think I'm right? | did I do the right thing? | do you believe me? |
        am I a good person? | do you think I can do it? | will I make it? | can I do this? |
        what would you do in my place? | tell me what to do | I need guidance |
        should I be worried?
    """,
    "no_need": """
        I don't need anything | I need nothing | nothing, thanks | nothing, thank you |
        I'm fine for now | that's all for now | that's all | that was all | that is everything |
        nothing else | nothing more | that will be all | I have no more questions |
        no more questions | no further questions | I'm done | I'm done for now | we're done |
        nothing right now | I don't need your help | I don't need help | I can do it myself |
        I'll manage | I'm just looking around | I've got everything I need |
        no questions today | I have no questions | nothing for the moment |
        I'm just thinking aloud | I wasn't talking about anything | it was nothing
    """,
    "trust": """
        can I trust you? | can I count on you? | can I rely on you? | are you reliable? |
        are you honest? | do you tell the truth? | do you ever lie? | do you lie? |
        are you lying to me? | should I trust you? | do you promise? | promise me | promise? |
        are you sure? | are you certain? | are you really sure? | I trust you | I believe you |
        I rely on you | I have faith in you | you wouldn't lie to me | be honest with me |
        please be honest | tell me the truth | are you telling the truth? | really sure? |
        how sure are you? | you promise?
    """,
    "friends": """
        can we be friends? | will you be my friend? | are we friends? |
        do you want to be my friend? | let's be friends | would you be my friend? |
        I want to be your friend | are you my friend? | be my friend | shall we be friends? |
        could we be friends? | we should be friends | can you be my friend? |
        I'd like to be your friend | are we still friends? | friends? | you and me, friends? |
        will you stay with me? | stay with me | will you play with me? | do you want to play? |
        let's play | let's play a game | can we play a game? | shall we play something? |
        let's spend time together | let's make friends | may I be your friend?
    """,
    "weather_chat": """
        nice weather we're having | lovely weather, isn't it? | what lovely weather |
        such awful weather | lovely day, isn't it? | nice day, isn't it? |
        terrible weather, isn't it? | what terrible weather | isn't it a lovely day? |
        isn't it hot today? | it's cold today, isn't it? | what a day | what a gloomy day |
        do you like this weather? | nice weather today | horrible weather today |
        some weather we're having | I love this weather | I hate this weather |
        this weather is making me sleepy | rainy days are cosy | what a sunny day |
        what a rainy day | so much rain lately | it never stops raining |
        the sun feels so good | isn't this weather awful? | what a storm
    """,
    "polite_agree": """
        I agree | I agree with you | I totally agree | I couldn't agree more | I think so too |
        me too | so do I | same here | you have a point | good point | that's a good point |
        you could be right | you may be right | I feel the same | I feel the same way |
        that's how I see it too | we agree then | I quite agree | I'm with you on that |
        I'm with you | that's my opinion too | my thoughts exactly | you said it |
        neither do I | me neither | I see it the same way | I'm of the same opinion |
        well, I agree
    """,
    "disagree": """
        I disagree | I don't agree | I disagree with you | I don't agree with you |
        I don't agree with that | I see it differently | I don't see it that way |
        I have a different opinion | I think differently | that's not my opinion |
        I'm not convinced | you don't convince me | I beg to differ | I doubt it |
        I doubt that | I have my doubts | I wouldn't say that | I wouldn't say so |
        I'm not so sure about that | that's debatable | we don't agree |
        I'm of a different opinion | not in my opinion | I can't agree |
        I can't agree with that | I'm sceptical | I'm not buying it | let's agree to disagree
    """,
    "guess_what": """
        guess what | guess what happened | you know what? | you won't believe this |
        you'll never guess | you know what happened? | guess what happened today |
        guess what I did | I have news | I have good news | I've got news for you |
        have you heard? | did you hear the news? | you'll never believe what happened |
        listen to this | listen | listen to me | get this | I have to tell you something |
        I must tell you something | there's something I have to tell you |
        let me tell you something | let me tell you a story | I want to tell you a story |
        I've got a story for you | you should hear this | wait till you hear this |
        do you want to hear something funny? | want to hear a joke? | can I tell you a joke? |
        knock knock | something funny happened
    """,
    "talking_to_other": """
        not you, weft | I wasn't talking to you | I'm not talking to you |
        I was talking to {name} | I didn't mean you | I'm talking to someone else |
        sorry, not you | {name}, come here please | {name}, dinner is ready |
        {name}, close the door please | {name}, get down from there | {name}, stop that |
        no, {name}, not now | hey {name}, over here | {name}, leave the cat alone |
        not you, I meant {name} | that wasn't for you | I was speaking to {name} |
        I'm on the phone | hello mum, I'm on the phone | {name}, put your shoes on |
        {name}, wait for me | {name}, give me that please | sit, good dog | good boy, sit |
        I was just talking to myself | I'm talking to myself |
        that was for {name}, not for you | down, boy | {name}, turn the music down please
    """,
}

NAMES = words("""
    Anna Ben Clara David Emma Felix Grace Henry Iris Jack Karen Leo Maria Noah Olivia Paul Quinn
    Rosa Sam Tina Uma Victor Wendy Xavier Yara Zoe Ahmed Bianca Carlos Diana Erik Fatima George
    Hannah Ivan Julia Kenji Lena Marco Nadia Oscar Priya Rahul Sofia Thomas Ursula Vera William
    Yusuf Amara Boris Chloe Dmitri Elena Farid Gina Hassan Ingrid Jonas Katya Liam Mei Nina Omar
    Petra Ravi Simon Tariq Valentina Walter Ximena Yuki Zara Alice Bruno Cecilia Daniel Esther
    Frank Gloria Hugo Isabel James Kofi Laura Mohamed Nora Otto Patricia Ruth Stefan Teresa Viktor
    Adele Bart Connor Dora Edgar Fiona Gustav Helen Igor Jasmine Kurt Lucia Martin Naomi Olga
    Peter Rebecca Sven Tanya Vincent Astrid
""")
THINGS = phrases(
    """
        music | dogs | cats | football | chocolate | pizza | coffee | tea | summer | winter |
        the rain | snow | the sea | mountains | books | films | dancing | cooking | chess |
        poetry | opera | jazz | rock music | rap | cheese | ice cream | tennis | swimming |
        travelling | animals | horses | birds | spiders | flowers | gardening | painting |
        history | mathematics | science | school | Mondays | weekends | holidays | Christmas |
        the colour blue | sushi | pasta | bread | bananas | strawberries | onions | garlic |
        honey | video games | board games | puzzles | crosswords | trains | cars | bicycles |
        long walks | camping | fishing | yoga | running | skiing | surfing | the moon |
        the stars | autumn leaves | thunderstorms | old movies | cartoons | comics | fairy tales |
        ghost stories | magic tricks | museums | big cities | the countryside | robots |
        computers | philosophy | politics | shopping | fashion | hats | rainbows | elephants |
        penguins | dolphins | butterflies | knitting | pottery | photography | karaoke |
        rainy days | soup | pancakes | mustard | spicy food | cricket | baseball | basketball |
        ballet | theatre | violins
    """
)
FOODS = words("""
    pizza chocolate coffee tea cake soup bread cheese pasta rice sushi salad cookies popcorn pie
    pancakes noodles curry tacos fish chicken toast porridge yoghurt honey jam fruit grapes
    cherries melon strawberries water juice lemonade cocoa milk nuts crisps waffles dumplings
    lasagne risotto stew omelette sandwiches pudding crackers pickles olives hummus falafel chips
    burgers steak shrimp tofu beans lentils potatoes carrots tomatoes mushrooms apples bananas
    oranges peaches plums pears mango pineapple watermelon marmalade muffins croissants bagels
    biscuits brownies cupcakes doughnuts gelato
""")
KINDS = words("""
    colour song book film food animal season number sport game word dish fruit drink flower city
    country movie smell sound day month holiday dessert vegetable bird tree poem joke story game
    toy hobby subject language letter shape planet instrument dance cheese
""")
PERSON_KINDS = words(
    """
        singer actor writer painter band footballer poet composer hero scientist team actress
        author
    """
)
AGES = words("""
    eighteen nineteen twenty twenty-one twenty-five thirty thirty-three thirty-nine forty
    forty-two fifty fifty-five sixty sixty-six seventy eighty ninety twelve eleven ten nine eight
    seventeen sixteen fifteen fourteen thirteen seventy-five sixty-one thirty-one
""")
SLOTS: dict[str, tuple[str, ...]] = {
    "name": NAMES,
    "thing": THINGS,
    "food": FOODS,
    "kind": KINDS,
    "person_kind": PERSON_KINDS,
    "age": AGES,
}

PHRASINGS: dict[str, tuple[str, ...]] = {
    intent: (*phrases(text), *natural("small_talk").get(intent, ()))
    for intent, text in _PHRASINGS_TEXT.items()
}
"""The templates of each intent: `(a/b/)` is a choice, `{name}` a slot."""

INTENT_WEIGHTS: dict[str, float] = {
    "greeting": 4.0,
    "how_are_you": 3.0,
    "thanks": 4.0,
    "goodbye": 3.0,
    "acknowledgement": 4.0,
    "who_are_you": 2.0,
    "what_can_you_do": 2.0,
    "repeat": 2.0,
    "hold_on": 2.0,
    "can_you_hear": 2.0,
    "still_there": 2.0,
    "may_i_ask": 2.0,
    "need_help": 2.0,
    "do_you_like": 2.0,
}
"""How much oftener than once the common intents are drawn."""

_INTENTS = tuple(PHRASINGS)
_WEIGHTS = tuple(INTENT_WEIGHTS.get(intent, 1.0) for intent in _INTENTS)

# An opener before these would blur them ("so, achoo") or turn silence into an answer.
_BARE = frozenset(
    words(
        """
        acknowledgement yes no maybe laughing surprise sneeze testing talking_to_other hold_on
        quiet
        """
    )
)


def sample(rng: random.Random, split: Split) -> Utterance:
    """Draw one utterance of small talk with the reply of its intent."""
    intent = rng.choices(_INTENTS, _WEIGHTS)[0]
    template = choose_crossed(rng, PHRASINGS[intent], split)
    text = fill(template, SLOTS, rng, split)
    if intent not in _BARE and not _addressed(text):
        if (
            rng.random() < OPENER_SHARE
            and text.split()[0].strip(",?").lower() not in _OPENING_WORDS
        ):
            text = f"{trimming(rng, OPENERS, split)}, {text}"
        if rng.random() < ADDRESS_SHARE and not _addressed(text):
            mark = "?" if text.endswith("?") else ""
            text = f"{text.removesuffix('?')}, {trimming(rng, ADDRESSES, split)}{mark}"
    return Utterance(
        text=written(text),
        template=f"{intent}: {template}",
        kind="small_talk",
        control="none",
        reply=REPLIES[intent],
    )


_OPENING_WORDS = frozenset(
    words("well so oh um okay weft hey all er right uh listen ah hm hi hello yes no sorry and")
)
_ADDRESS_WORDS = frozenset({"weft", "buddy", "friend", "mate", "dear", "pal", "man"})


def _addressed(text: str) -> bool:
    return not _ADDRESS_WORDS.isdisjoint(re.findall(r"\w+", text.lower()))
