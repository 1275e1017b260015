"""The text about the health note that families can write now: earlier texts, also a city's own, promise no such record.

It is required from the day of the first: no answer to an earlier text covers a note. A city that wants other words
publishes the next version.
"""

from datetime import date

from django.db import migrations

FROM = date(2026, 1, 1)

_ZH = """目的：让当场的工作人员知道过敏、用药或需要照顾的情况，在活动中照顾好孩子。
方式：您在“健康提示”里写几句话，随时可以修改或删除。当班的工作人员在名单上打开查看，每次查看都有记录，您在“谁看过”里看得到。没有登录的家庭请当面告诉工作人员。
范围：您写下的健康提示（最多300字），属于敏感个人信息；只写工作人员当场需要知道的。
保存地点：由主办团委管理、设在中国境内的服务器。
保存期限：直到您删除或撤回同意，最迟在最后一次参加活动后一年。
保护措施：加密保存；只有您的家人和当场当班的工作人员看得到，时间为活动开始前48小时至开始后72小时；不写进名单文件、打印件、消息、报告和照片说明，不出境，不转告他人。
拒绝的后果：没有影响，孩子照常参加；有危险时请当面告诉工作人员，或陪同参加。
更正与删除：您可随时在“健康提示”里修改、删除，或在“同意记录”里撤回同意；撤回同意，健康提示随即删除。
投诉与咨询：向主办团委的未成年人保护专员提出，电话见“报告一条线索”页；也可向网信部门投诉。
负责人：主办团委的未成年人保护专员，负责儿童个人信息保护。"""
_EN = """Purpose: to let the staff on duty know about allergies, medicine or care that the child needs, so that they look after it well.
Manner: you write a few words under "Health note" and may change or delete them at any time. Staff on duty open it from their list; each look is logged, and you read it under "Who looked". Families without a login tell the staff in person.
Scope: the health note that you write, of at most 300 characters, which is sensitive personal information; write only what the staff have to know on the spot.
Where it is stored: on servers in mainland China that the organising League committee runs.
How long: until you delete it or take this consent back, at the latest a year after the last activity.
How it is protected: stored encrypted; seen only by your family and by the staff on duty at that activity, from 48 hours before it starts to 72 hours after; written into no file, print, message, report or caption, never sent abroad and passed on to nobody.
If you refuse: nothing changes, the child takes part as usual; where something may be dangerous, tell the staff in person or come along.
Correcting and deleting: change or delete it under "Health note" at any time, or take this consent back under "Consents"; the note is then deleted at once.
Complaints and questions: to the League committee's safeguarding officer, whose phone stands on the page "Report a concern"; or to the cyberspace administration.
Person in charge: the League committee's safeguarding officer is responsible for children's personal information."""


def create(apps, schema_editor):
    texts = apps.get_model("safeguarding", "ConsentText").objects.filter(purpose="health")
    newest = texts.order_by("-version").first()
    version = newest.version + 1 if newest else 1
    texts.create(purpose="health", version=version, text_zh=_ZH, text_en=_EN, required_from=FROM)


class Migration(migrations.Migration):
    dependencies = [("safeguarding", "0007_health_note")]

    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
