"""Remove the pictures of editors: the admin takes none any more, so nobody could take one away."""

from django.db import migrations


def remove(apps, editor):
    for profile in apps.get_model("wagtailusers", "UserProfile").objects.exclude(avatar="").iterator():
        profile.avatar.delete(save=True)


class Migration(migrations.Migration):
    dependencies = [("cms", "0002_home_pages"), ("wagtailusers", "0015_userprofile_keyboard_shortcuts")]

    operations = [migrations.RunPython(remove, migrations.RunPython.noop)]
