"""The first texts: three consents and the pledge. A city that wants other words publishes a second version."""

from datetime import date

from django.db import migrations

FROM = date(2026, 1, 1)

_COMMON_ZH = """
保存地点：由主办团委管理、设在中国境内的服务器。
保存期限：{keep_zh}
保护措施：传输加密；只有职责需要的人看得到，每次查看名单都有记录；不出境，不用于商业，不向支付机构提供孩子的任何信息。
拒绝的后果：{refuse_zh}
更正与删除：您可随时在“我的孩子”里查看、更正，申请删除，或撤回同意；撤回不影响之前已经办完的事。
投诉与咨询：向主办团委的未成年人保护专员提出，电话见“线索报告”页；也可向网信部门投诉。
负责人：主办团委的未成年人保护专员，负责儿童个人信息保护。"""
_COMMON_EN = """
Where it is stored: on servers in mainland China that the organising League committee runs.
How long: {keep_en}
How it is protected: encrypted in transit; seen only by people whose duty needs it, and each look at a list is logged; never sent abroad, never used commercially; payment companies receive nothing about the child.
If you refuse: {refuse_en}
Correcting and deleting: under "My children" you can see and correct it, ask for deletion or take this consent back at any time; what was done before stays lawful.
Complaints and questions: to the League committee's safeguarding officer, whose phone stands on the page "Report a concern"; or to the cyberspace administration.
Person in charge: the League committee's safeguarding officer is responsible for children's personal information."""

_PARTS = {
    "sign_up": {
        "zh": """目的：为孩子报名、排候补、签到、通知变更，并在活动中保护孩子的安全。
方式：您在网上填写，或由街道社区工作人员按您签字的纸质同意书代填。
范围：孩子的姓名、出生日期、居住社区，报名和签到记录；您的姓名和电话。""",
        "en": """Purpose: to sign the child up, keep the waiting list, check the child in, tell you about changes, and keep the child safe.
Manner: you fill it in online, or office staff do it for you from a paper form that you signed.
Scope: the child's name, birth date and home community; sign-ups and check-ins; your name and phone.""",
        "keep_zh": "服务期间，以及最后一次参加后三年；之后删除或匿名。",
        "keep_en": "while the service is used and three years after the last session; then it is deleted or made anonymous.",
        "refuse_zh": "无法在网上为孩子报名；仍可到街道社区咨询其他服务。",
        "refuse_en": "the child cannot be signed up here; the office in your street can tell you about other services.",
    },
    "photo": {
        "zh": """目的：在活动报告和公开的活动介绍里使用活动照片。
方式：由当场的工作人员拍摄，不拍特写，不写姓名。
范围：可能拍到孩子的活动照片。""",
        "en": """Purpose: to use photos of the session in its report and on public pages about it.
Manner: staff on duty take them, without close-ups and without names.
Scope: photos of the session on which the child may be seen.""",
        "keep_zh": "三年，或直到您撤回同意；撤回后公开页面上的照片撤下。",
        "keep_en": "three years, or until you take the consent back; the photos then leave the public pages.",
        "refuse_zh": "没有影响。孩子照常参加，工作人员不拍孩子。",
        "refuse_en": "nothing changes. The child takes part as usual and is not photographed.",
    },
    "health": {
        "zh": """目的：让当场的工作人员知道过敏、用药或需要照顾的情况。
方式：您写在孩子的资料里，当场的工作人员在活动前后打开查看，每次查看都有记录。
范围：您写下的健康提示，属于敏感个人信息。""",
        "en": """Purpose: to let staff on duty know about allergies, medicine or care that the child needs.
Manner: you write it into the child's record; staff on duty open it around the session, and each look is logged.
Scope: the health note that you write, which is sensitive personal information.""",
        "keep_zh": "直到您删除，最迟在最后一次参加后一年。",
        "keep_en": "until you delete it, at the latest one year after the last session.",
        "refuse_zh": "孩子照常参加；请在现场当面告诉工作人员需要注意的事。",
        "refuse_en": "the child takes part as usual; please tell the staff in person what matters.",
    },
}

_PLEDGE_ZH = """我承诺：
一、尊重每个孩子，不打骂、不羞辱、不歧视，不单独与孩子处在别人看不见的地方。
二、不触碰孩子的隐私部位，不与孩子建立超出工作的私下往来，不私自添加孩子的联系方式。
三、不拍摄、不传播孩子的照片和信息；名单只在当场使用，用后不留。
四、发现孩子受到或可能受到伤害，立即报告，不隐瞒、不自行处理。
五、如实申报可能影响与孩子一起工作的情况；同意依法进行从业查询，并按要求参加培训。
六、违反承诺时，接受停止服务和依法处理。"""
_PLEDGE_EN = """I pledge:
1. To respect every child: no beating, no insults, no humiliation, no discrimination; and never to be alone with a child where others cannot see us.
2. Not to touch a child's private parts, not to keep private contact with a child beyond the work, not to collect a child's contact details.
3. Not to take or spread photos of or data about children; lists are used on the spot and not kept.
4. To report at once when a child is harmed or may be, to hide nothing and not to handle it on my own.
5. To tell honestly what may matter for work with children, to agree to the background check that the law asks for, and to take the training required.
6. To accept that I am taken off duty, and the consequences in law, if I break this pledge."""


def _text(parts, language, common):
    return parts[language] + common.format(**parts)


def create(apps, schema_editor):
    consent_text = apps.get_model("safeguarding", "ConsentText")
    for purpose, parts in _PARTS.items():
        consent_text.objects.get_or_create(
            purpose=purpose,
            version=1,
            defaults={
                "text_zh": _text(parts, "zh", _COMMON_ZH),
                "text_en": _text(parts, "en", _COMMON_EN),
                "required_from": FROM,
            },
        )
    apps.get_model("safeguarding", "PledgeText").objects.get_or_create(
        version=1, defaults={"text_zh": _PLEDGE_ZH, "text_en": _PLEDGE_EN, "required_from": FROM}
    )


class Migration(migrations.Migration):
    dependencies = [("safeguarding", "0002_append_only_history")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
