"""The words of the hardware bench in three languages."""

LANGUAGES = ("en", "zh-Hans", "zh-Hant")

_TABLE: dict[str, tuple[str, str, str]] = {
    "title": ("Hardware bench", "硬件台", "硬體台"),
    "intro": (
        "Emulated devices. Pull the paper, open the cover, scan: the tills believe it.",
        "这里是仿真设备：抽纸、开盖、扫码，收银端都当真。",
        "這裏是模擬裝置：抽紙、開蓋、掃碼，收銀端都當真。",
    ),
    "printer": ("Printer", "打印机", "打印機"),
    "scanner": ("Scanner", "扫描枪", "掃描槍"),
    "line": ("Line to HQ", "到总部的线路", "到總部的線路"),
    "pass": ("connected", "连通", "連通"),
    "refuse": ("cut: refuses", "断开：拒绝连接", "切斷：拒絕連線"),
    "black hole": ("cut: swallows everything", "断开：有去无回", "切斷：有去無回"),
    "papers": ("papers", "张小票", "張收據"),
    "pulses": ("drawer pulses", "次钱箱脉冲", "次錢箱脈衝"),
    "drawer_open": ("drawer open", "钱箱已开", "錢箱已開"),
    "drawer_closed": ("drawer closed", "钱箱已关", "錢箱已關"),
    "hanging": ("still in the printer", "尚未切下", "尚未切下"),
    "on": ("on", "开", "開"),
    "off": ("off", "关", "關"),
    "set": ("Set", "设定", "設定"),
    "scan": ("Scan", "扫码", "掃碼"),
    "code": ("Code", "条码", "條碼"),
    "text": ("text", "文字", "文字"),
    "refresh": ("Refresh", "刷新", "重新整理"),
    "paper_out": ("paper out", "缺纸", "缺紙"),
    "paper_after": ("paper ends after (dots)", "还剩纸（点）", "還剩紙（點）"),
    "near_end": ("paper near its end", "纸将尽", "紙將盡"),
    "cover_open": ("cover open", "开盖", "開蓋"),
    "cutter_next": ("next cut jams", "下次切纸卡住", "下次切紙卡住"),
    "overheated": ("head too hot", "打印头过热", "打印頭過熱"),
    "mute": ("answers nothing", "不回应", "不回應"),
    "no_gsh": ("no process id", "不支持进程号", "不支援行程號"),
    "drawer_jam": ("drawer jams", "钱箱卡住", "錢箱卡住"),
    "drawer_sensor": ("drawer has a sensor", "钱箱有感应", "錢箱有感應"),
    "drawer_high_when_open": ("sensor high when open", "开启时高电平", "開啟時高電位"),
    "offline": ("switched off", "断电", "斷電"),
    "half_open": ("does not read", "不收数据", "不收資料"),
    "reset_after": ("link breaks after (bytes)", "多少字节后断线", "多少位元組後斷線"),
    "speed": ("speed (bytes a second)", "速度（字节/秒）", "速度（位元組/秒）"),
    "new_roll": ("New roll", "换纸", "換紙"),
    "clear_cutter": ("Free the cutter", "排除卡刀", "排除卡刀"),
    "tear_off": ("Tear off", "撕下", "撕下"),
    "close_drawer": ("Close the drawer", "关上钱箱", "關上錢箱"),
    "open_drawer_by_key": ("Open the drawer with its key", "用钥匙开钱箱", "用鑰匙開錢箱"),
    "drop": ("next scan loses a character", "下次扫码丢一个字", "下次掃碼掉一個字"),
    "slow": ("pause between characters (ms)", "字间停顿（毫秒）", "字間停頓（毫秒）"),
    "no_terminator": ("no terminator", "无结束符", "無結束符"),
    "unplugged": ("unplugged", "拔线", "拔線"),
    "bounce": ("scans twice", "重复触发", "重複觸發"),
}

WORDS: dict[str, dict[str, str]] = {
    language: {key: texts[place] for key, texts in _TABLE.items()} for place, language in enumerate(LANGUAGES)
}
