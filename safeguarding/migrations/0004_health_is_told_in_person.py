"""The second text about health: the first one named a note in the child's record, which nobody can write.

It is required from the day of the first: no answer to that one could cover anything. A city that has published other
words keeps them.
"""

from datetime import date

from django.db import migrations

FROM = date(2026, 1, 1)

_ZH = """目的：让当场的工作人员知道过敏、用药或需要照顾的情况，在活动中照顾好孩子。
方式：活动当天您当面告诉工作人员，或拨打凭证上的现场电话。本站没有填写健康信息的地方。
范围：您当天说的健康情况，属于敏感个人信息；本站不记录。
保存地点：不保存。
保存期限：只在当场使用，活动结束即止。
保护措施：只有当场的工作人员知道，不写进名单、报告和照片说明，不转告他人。
拒绝的后果：没有影响，孩子照常参加；有危险时请自行提醒孩子，或陪同参加。
更正与删除：本站没有可更正或删除的健康信息；您可随时在“同意记录”里撤回同意。
投诉与咨询：向主办团委的未成年人保护专员提出，电话见“报告一条线索”页；也可向网信部门投诉。
负责人：主办团委的未成年人保护专员，负责儿童个人信息保护。"""
_EN = """Purpose: to let staff on duty know about allergies, medicine or care that the child needs, so that they look after it well.
Manner: on the day you tell the staff in person, or call the phone on the ticket. There is no place on this site to write anything about health.
Scope: what you say about health that day, which is sensitive personal information; this site does not record it.
Where it is stored: nowhere.
How long: it is used on the spot, and only until the session ends.
How it is protected: only the staff on duty know it; it is written into no list, report or caption and passed on to nobody.
If you refuse: nothing changes, the child takes part as usual; where something may be dangerous, remind the child or come along.
Correcting and deleting: this site holds nothing about health to correct or delete; you can take this consent back under "Consents" at any time.
Complaints and questions: to the League committee's safeguarding officer, whose phone stands on the page "Report a concern"; or to the cyberspace administration.
Person in charge: the League committee's safeguarding officer is responsible for children's personal information."""


def create(apps, schema_editor):
    texts = apps.get_model("safeguarding", "ConsentText").objects.filter(purpose="health")
    if not texts.filter(version__gt=1).exists():
        texts.create(purpose="health", version=2, text_zh=_ZH, text_en=_EN, required_from=FROM)


class Migration(migrations.Migration):
    dependencies = [("safeguarding", "0003_first_texts")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
