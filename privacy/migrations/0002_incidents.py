import django.db.models.deletion
import django.utils.timezone
import uuid
from core.triggers import append_only, deletable_after, undeletable
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('organisations', '0003_venue_and_invitation_submission'),
        ('people', '0007_erased'),
        ('privacy', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Incident',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='created')),
                ('changed_at', models.DateTimeField(auto_now=True, verbose_name='changed')),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='submission')),
                ('status', models.CharField(choices=[('open', 'Open'), ('notifying', 'People are being told'), ('closed', 'Closed')], default='open', editable=False, max_length=9, verbose_name='status')),
                ('kind', models.CharField(choices=[('breach', 'Data got out'), ('access', 'Somebody saw what was not for them'), ('loss', 'Data was lost'), ('change', 'Data was changed without right')], max_length=6, verbose_name='what kind')),
                ('grade', models.CharField(choices=[('ordinary', 'ordinary'), ('larger', 'larger'), ('major', 'major'), ('grave', 'especially grave')], max_length=8, verbose_name='grade')),
                ('found_at', models.DateTimeField(verbose_name='found')),
                ('began_at', models.DateTimeField(blank=True, null=True, verbose_name='began')),
                ('what', models.TextField(max_length=2000, verbose_name='what happened')),
                ('data_kinds', models.JSONField(default=list, verbose_name='which data')),
                ('may_follow', models.TextField(blank=True, max_length=2000, verbose_name='what may follow')),
                ('remedy', models.TextField(blank=True, max_length=2000, verbose_name='what was done')),
                ('advice', models.TextField(blank=True, max_length=2000, verbose_name='what those concerned can do')),
                ('authority', models.CharField(blank=True, editable=False, max_length=100, verbose_name='reported to')),
                ('reported_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='reported')),
                ('reference', models.CharField(blank=True, editable=False, max_length=60, verbose_name='their number')),
                ('notice_zh', models.TextField(blank=True, max_length=5000, verbose_name='notice in Chinese')),
                ('notice_en', models.TextField(blank=True, max_length=5000, verbose_name='notice in English')),
                ('sent_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='notice sent')),
                ('closed_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='closed')),
                ('lessons', models.TextField(blank=True, editable=False, max_length=2000, verbose_name='what was learned')),
                ('league', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation', verbose_name='who handles it')),
            ],
            options={
                'verbose_name': 'incident of personal data',
                'verbose_name_plural': 'incidents of personal data',
            },
        ),
        migrations.CreateModel(
            name='Affected',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('added_at', models.DateTimeField(editable=False, verbose_name='added')),
                ('child', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.child', verbose_name='child')),
                ('guardian', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.guardian', verbose_name='guardian')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='login')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='affected', to='privacy.incident', verbose_name='incident')),
            ],
            options={
                'verbose_name': 'person concerned by an incident',
                'verbose_name_plural': 'people concerned by an incident',
            },
        ),
        migrations.CreateModel(
            name='IncidentHistory',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_index=True, default=django.utils.timezone.now, editable=False, verbose_name='when')),
                ('system', models.CharField(blank=True, max_length=40, verbose_name='system actor')),
                ('verb', models.CharField(max_length=40, verbose_name='what')),
                ('before', models.CharField(blank=True, max_length=40, verbose_name='before')),
                ('after', models.CharField(blank=True, max_length=40, verbose_name='after')),
                ('note', models.TextField(blank=True, max_length=2000, verbose_name='why')),
                ('request_id', models.CharField(blank=True, editable=False, max_length=36, verbose_name='request')),
                ('actor', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='who')),
                ('incident', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='history', to='privacy.incident', verbose_name='incident')),
                ('on_behalf_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='organisations.organisation', verbose_name='on behalf of')),
            ],
            options={
                'verbose_name': 'history of an incident',
                'verbose_name_plural': 'history of incidents',
            },
        ),
        migrations.CreateModel(
            name='Telling',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('submission_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True, verbose_name='submission')),
                ('how', models.CharField(choices=[('message', 'message on the site, and by mail where there is an address'), ('office', 'through the office that registered the family'), ('phone', 'by phone'), ('letter', 'by letter'), ('person', 'in person'), ('public', 'by a public notice, as nobody could be reached')], max_length=7, verbose_name='how')),
                ('at', models.DateTimeField(verbose_name='when')),
                ('affected', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='tellings', to='privacy.affected', verbose_name='about whom')),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='told by')),
                ('guardian', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.guardian', verbose_name='guardian')),
                ('user', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='login')),
            ],
            options={
                'verbose_name': 'telling about an incident',
                'verbose_name_plural': 'tellings about incidents',
            },
        ),
        migrations.AddIndex(
            model_name='incident',
            index=models.Index(fields=['found_at'], name='incident_by_finding'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(('began_at__isnull', True), ('began_at__lte', models.F('found_at')), _connector='OR'), name='incident_began_before_found'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('authority', ''), ('reported_at__isnull', True)), models.Q(('reported_at__gte', models.F('found_at')), models.Q(('authority', ''), _negated=True)), _connector='OR'), name='incident_reported_to_somebody'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(('sent_at__isnull', True), models.Q(models.Q(('notice_zh', ''), _negated=True), models.Q(('notice_en', ''), _negated=True)), _connector='OR'), name='incident_told_in_words'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(('status', 'closed'), models.Q(('sent_at__isnull', True), ('status', 'open')), models.Q(('sent_at__isnull', False), ('status', 'notifying')), _connector='OR'), name='incident_status_fits_notice'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', False), ('status', 'closed'), models.Q(('lessons', ''), _negated=True)), models.Q(models.Q(('status', 'closed'), _negated=True), ('closed_at__isnull', True)), _connector='OR'), name='incident_closed_is_told_why'),
        ),
        migrations.AddConstraint(
            model_name='incident',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('status', 'closed'), _negated=True), ('grade', 'ordinary'), ('reported_at__isnull', False), _connector='OR'), name='incident_larger_closed_is_reported'),
        ),
        migrations.AddConstraint(
            model_name='affected',
            constraint=models.UniqueConstraint(fields=('incident', 'child'), name='affected_child_once'),
        ),
        migrations.AddConstraint(
            model_name='affected',
            constraint=models.UniqueConstraint(fields=('incident', 'guardian'), name='affected_guardian_once'),
        ),
        migrations.AddConstraint(
            model_name='affected',
            constraint=models.UniqueConstraint(fields=('incident', 'user'), name='affected_user_once'),
        ),
        migrations.AddConstraint(
            model_name='affected',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('child__isnull', False), ('guardian__isnull', True), ('user__isnull', True)), models.Q(('child__isnull', True), ('guardian__isnull', False), ('user__isnull', True)), models.Q(('child__isnull', True), ('guardian__isnull', True), ('user__isnull', False)), _connector='OR'), name='affected_is_one_person'),
        ),
        migrations.AddConstraint(
            model_name='telling',
            constraint=models.UniqueConstraint(fields=('affected', 'guardian'), name='telling_guardian_once'),
        ),
        migrations.AddConstraint(
            model_name='telling',
            constraint=models.UniqueConstraint(fields=('affected', 'user'), name='telling_user_once'),
        ),
        migrations.AddConstraint(
            model_name='telling',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('guardian__isnull', False), ('how', 'message'), ('user__isnull', True)), models.Q(('guardian__isnull', True), ('how', 'message'), ('user__isnull', False)), models.Q(('guardian__isnull', False), ('how', 'office'), ('user__isnull', True)), models.Q(('guardian__isnull', True), ('how__in', ['phone', 'letter', 'person', 'public']), ('user__isnull', True)), _connector='OR'), name='telling_goes_to_somebody'),
        ),
        append_only("privacy_incidenthistory", "privacy_telling"),
        deletable_after("privacy_telling", "at", days=1_095),
        undeletable("privacy_incident"),
    ]
