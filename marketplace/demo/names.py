"""Invented people: family names and given names put together by chance, never taken from a list of real people."""

from datetime import date, timedelta
from random import Random

SURNAMES = (
    "林何周沈许方罗高唐宋郑谢韩冯董萧程曹袁邓傅曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段戚钱汤尹黎易常武乔贺赖龚文"
)
CHILD_NAMES = (
    "小满 谷雨 惊蛰 白露 夏至 芒种 清明 寒露 立春 雨水 春分 立夏 小暑 大暑 立秋 处暑 秋分 霜降 立冬 小雪 大雪 冬至 "
    "一诺 子墨 沐晨 亦辰 可欣 若溪 思远 书瑶 景行 予安 知夏 乐天 星河 晚晴 听雨 望舒 扶摇 长风 朝阳 明月 青山 "
    "云舟 南星 北辰 东篱 西岭 海棠 木兰 丹枫 竹青 松涛 梅影 禾苗 麦穗 豆豆 果果 米粒 元宝 团圆 圆圆 满满"
).split()
ADULT_NAMES = (
    "建国 秀兰 志强 丽华 海燕 国庆 春梅 晓东 文静 立军 桂英 永强 雪梅 明辉 玉珍 浩然 佳宁 丹丹 振华 红霞 俊杰 "
    "婷婷 卫东 淑芬 庆林 艳玲 学文 敏 磊 静 涛 娜 鹏 颖 刚 燕 勇 洁 斌 琳 超 倩"
).split()


class Names:
    """Draws names from one seeded source of chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance

    def surname(self) -> str:
        """A family name."""
        return self.chance.choice(SURNAMES)

    def adult(self, surname: str = "") -> str:
        """A grown-up's name."""
        return (surname or self.surname()) + self.chance.choice(ADULT_NAMES)

    def child(self, surname: str) -> str:
        """A child's name with the family name of its family."""
        return surname + self.chance.choice(CHILD_NAMES)

    def birth(self, today: date, youngest: int, oldest: int) -> date:
        """A birth date of somebody between the two ages."""
        days = self.chance.randrange(youngest * 365 + 60, (oldest + 1) * 365 - 30)
        return today - timedelta(days=days)
