"""The nine kinds of cases that must be reported (侵害未成年人案件强制报告, opinion of nine ministries of 2020, article 4)."""

from django.db import migrations

from core.operations import InDatabase

# code, working days until somebody takes it on (0: the same day), name, hint, each in Chinese and English
NINE = [
    ("private-injury", 0, "隐私部位受伤", "生殖器官或隐私部位受到或疑似受到非正常损伤。",
     "Injury of private parts", "Private parts are hurt, or seem to be, in no ordinary way."),
    ("abuse-under-14", 0, "不满14岁：性侵害、怀孕", "不满十四周岁的女孩受到或疑似受到性侵害，怀孕或流产。",
     "Under 14: sexual abuse, pregnancy", "A girl under 14 was, or may have been, abused; is pregnant or had an abortion."),
    ("abuse-over-14", 0, "满14岁：因性侵害怀孕", "十四周岁以上的女孩因性侵害或疑似性侵害怀孕或流产。",
     "From 14: pregnancy after abuse", "A girl of 14 or older is pregnant, or had an abortion, after abuse or what may be abuse."),
    ("violence", 0, "多处受伤、家暴、欺凌、虐待", "身体多处损伤、严重营养不良、意识不清，可能遭到家庭暴力、欺凌、虐待、殴打或麻醉。",
     "Many injuries, violence, bullying, neglect", "Several injuries, bad nutrition or a clouded mind: perhaps violence at home, bullying or ill-treatment."),
    ("self-harm", 0, "自残、自杀、中毒或伤残死亡", "因自杀、自残、工伤、中毒、麻醉、殴打等非正常原因伤残或死亡。",
     "Self-harm, poisoning, unnatural death", "Hurt or dead by suicide, self-harm, an accident at work, poison, drugs or blows."),
    ("abandoned", 1, "被遗弃或长期无人照料", "被遗弃，或者长时间没有人照料。",
     "Abandoned or long without care", "Left behind for good, or without anybody's care for a long time."),
    ("missing", 0, "来源不明、失踪、被拐卖", "来源不明、失踪，或者被拐卖、收买。",
     "Of unknown origin, missing, sold", "Nobody knows where the child comes from; it is missing, or was sold or bought."),
    ("begging", 1, "被组织乞讨", "有人组织未成年人乞讨。",
     "Made to beg", "Somebody makes children beg."),
    ("other", 1, "其他严重伤害或正面临危险", "其他严重侵害身心健康的情形，或者正面临不法侵害的危险。拿不准时选这一项。",
     "Other serious harm or danger", "Anything else that harms body or mind badly, or a danger of it. Choose this one if you are not sure."),
]


INSERT = """
    INSERT INTO concerns_category (code, position, answer_days, name, hint, name_en, hint_en, is_active)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


def write(editor):
    for position, (code, days, *words) in enumerate(NINE, start=1):
        editor.execute(INSERT, [code, position, days, *words, True])


def leave(_editor):
    """The table goes with its rows."""


class Migration(migrations.Migration):
    dependencies = [("concerns", "0001_initial")]
    operations = [InDatabase(write, leave)]
